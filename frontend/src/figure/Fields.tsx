import { type ReactNode, useState } from "react";
import styles from "./Figure.module.css";

/** A number that is written when one leaves the field or presses Enter; arrows step. */
export function NumberField({
  label,
  value,
  step = 1,
  min = Number.NEGATIVE_INFINITY,
  max = Number.POSITIVE_INFINITY,
  isOptional = false,
  onChange,
}: {
  label: string;
  value: number | null;
  step?: number;
  min?: number;
  max?: number;
  /** Whether an empty field is a value: none. */
  isOptional?: boolean;
  onChange(value: number | null): void;
}) {
  const [draft, setDraft] = useState<string | null>(null);
  const commit = (text: string): void => {
    setDraft(null);
    if (text.trim() === "") {
      if (isOptional) onChange(null);
      return;
    }
    const number = Number(text.replace(",", "."));
    if (Number.isFinite(number)) onChange(Math.min(max, Math.max(min, number)));
  };
  return (
    <label className={styles.field}>
      <span>{label}</span>
      <input
        inputMode="decimal"
        value={draft ?? (value === null ? "" : String(value))}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={() => draft !== null && commit(draft)}
        onKeyDown={(event) => {
          const by = { ArrowUp: step, ArrowDown: -step }[event.key];
          if (event.key === "Enter") commit(event.currentTarget.value);
          else if (by !== undefined)
            commit(
              String(Number(event.currentTarget.value || "0") + by * (event.shiftKey ? 10 : 1)),
            );
          else return;
          event.preventDefault();
        }}
      />
    </label>
  );
}

export function TextField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange(value: string): void;
}) {
  return (
    <label className={styles.field}>
      <span>{label}</span>
      <input value={value} maxLength={300} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}

export function Choice<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: Value;
  options: readonly (readonly [Value, string])[];
  onChange(value: Value): void;
}) {
  return (
    <label className={styles.field}>
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value as Value)}>
        {options.map(([id, text]) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

export function ColorField({
  label,
  value,
  onChange,
}: {
  label: string;
  /** RRGGBB. */
  value: string;
  onChange(value: string): void;
}) {
  return (
    <label className={styles.field}>
      <span>{label}</span>
      <input
        type="color"
        value={`#${value.toLowerCase()}`}
        onChange={(event) => onChange(event.target.value.slice(1).toUpperCase())}
      />
    </label>
  );
}

export function Check({
  label,
  isOn,
  onChange,
  children,
}: {
  label: string;
  isOn: boolean;
  onChange(isOn: boolean): void;
  children?: ReactNode;
}) {
  return (
    <label className={styles.check}>
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
      {children}
      <span>{label}</span>
    </label>
  );
}
