import { useState } from "react";
import styles from "./ChannelsPanel.module.css";

/** A number to type, or to change with the arrow keys (Shift: ten steps at once). */
export function NumberInput({
  label,
  value,
  step,
  onChange,
}: {
  label: string;
  value: number;
  step: number;
  onChange(value: number): void;
}) {
  const [draft, setDraft] = useState<string | null>(null);
  const shown = draft ?? plain(value);

  const commit = (text: string): void => {
    setDraft(null);
    const typed = Number(text.trim().replace(/\s/g, "").replace(",", "."));
    if (text.trim() !== "" && Number.isFinite(typed) && typed !== value) onChange(typed);
  };
  const nudge = (by: number): void => {
    const from = Number(shown);
    const next = (Number.isFinite(from) ? from : value) + by;
    setDraft(null);
    onChange(step >= 1 ? Math.round(next) : Number(next.toPrecision(6)));
  };

  return (
    <input
      className={styles.number}
      inputMode="decimal"
      aria-label={label}
      value={shown}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => draft !== null && commit(draft)}
      onKeyDown={(event) => {
        const size = event.shiftKey ? 10 * step : step;
        if (event.key === "Enter") commit(shown);
        else if (event.key === "Escape" && draft !== null) setDraft(null);
        else if (event.key === "ArrowUp") nudge(size);
        else if (event.key === "ArrowDown") nudge(-size);
        else if (event.key === "z" && draft !== null) return event.stopPropagation();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}

function plain(value: number): string {
  return String(Number(value.toPrecision(7)));
}
