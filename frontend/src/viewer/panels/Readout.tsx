import type { Session } from "../state/session";
import { number } from "../state/units";
import { useSignal } from "../useSignal";
import { w, type Word } from "../words";
import styles from "./CanvasArea.module.css";

/** Zoom, whether the picture is exact, and the pixel under the cursor. */
export function Readout({ session }: { session: Session }) {
  const zoom = useSignal(session.zoom);
  const complete = useSignal(session.exact);
  const faithful = useSignal(session.faithful);
  const failed = useSignal(session.error) !== null;
  const cursor = useSignal(session.cursor);
  const values = useSignal(session.values);
  return (
    <div className={`${styles.chip} ${styles.readout}`} aria-hidden="true">
      <span>{percentText(zoom)}</span>
      <span className={styles.quality} data-loading={complete ? undefined : ""}>
        {w(qualityWord(complete, faithful, failed))}
      </span>
      {cursor && (
        <span className={styles.place}>{w("readout.place", { x: cursor.x, y: cursor.y })}</span>
      )}
      {cursor && values.length > 0 && (
        <span className={styles.place}>
          {values.slice(0, MOST_VALUES).map(valueText).join("  ")}
        </span>
      )}
    </div>
  );
}

/** More would hide the picture. */
const MOST_VALUES = 6;

function valueText(value: number | null): string {
  if (value === null) return "…";
  return Number.isInteger(value) ? value.toLocaleString() : number(value, 4);
}

function qualityWord(complete: boolean, faithful: boolean, failed: boolean): Word {
  if (complete) return faithful ? "readout.exact" : "readout.jpeg";
  return failed ? "readout.incomplete" : "readout.loading";
}

/** A zoom as people say it: 63 %, 0.8 %, 1 200 %. */
export function percentText(zoom: number): string {
  const percent = zoom * 100;
  return `${percent < 10 ? number(percent, 2) : Math.round(percent).toLocaleString()} %`;
}
