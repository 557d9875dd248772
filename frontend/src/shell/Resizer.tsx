import { type KeyboardEvent, type PointerEvent, useState } from "react";
import styles from "./AppShell.module.css";
import { usePreferences } from "./preferences";

interface Props {
  panel: string;
  width: number;
  min: number;
  max: number;
  label: string;
}

/** The edge of a panel at the end side: drag it, or move it with the arrow keys. */
export function Resizer({ panel, width, min, max, label }: Props) {
  const setWidth = usePreferences((state) => state.setWidth);
  const [grab, setGrab] = useState<{ x: number; width: number } | null>(null);
  const resize = (value: number): void =>
    setWidth(panel, Math.round(Math.min(max, Math.max(min, value))));

  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    setGrab({ x: event.clientX, width });
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (grab !== null) resize(grab.width + grab.x - event.clientX);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const step = event.shiftKey ? 64 : 16;
    if (event.key === "ArrowLeft") resize(width + step);
    else if (event.key === "ArrowRight") resize(width - step);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    // A focusable separator is ARIA's widget for this; HTML's hr cannot hold a value.
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      className={styles.resizer}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => setGrab(null)}
      onPointerCancel={() => setGrab(null)}
      onKeyDown={onKeyDown}
    />
  );
}
