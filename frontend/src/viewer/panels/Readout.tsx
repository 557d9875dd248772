import type { Session } from "../state/session";
import { number } from "../state/units";
import { useSignal } from "../useSignal";
import { w, type Word } from "../words";
import styles from "./CanvasArea.module.css";

/** Zoom, whether the picture is exact, and the pixel under the cursor. */
export function Readout({ session }: { session: Session }) {
  const zoom = useSignal(session.zoom);
  const complete = useSignal(session.exact);
  const lossless = useSignal(session.lossless);
  const failed = useSignal(session.error) !== null;
  const cursor = useSignal(session.cursor);
  return (
    <div className={`${styles.chip} ${styles.readout}`} aria-hidden="true">
      <span>{percentText(zoom)}</span>
      <span className={styles.quality} data-loading={complete ? undefined : ""}>
        {w(qualityWord(complete, lossless, failed))}
      </span>
      {cursor && (
        <span className={styles.place}>{w("readout.place", { x: cursor.x, y: cursor.y })}</span>
      )}
    </div>
  );
}

function qualityWord(complete: boolean, lossless: boolean, failed: boolean): Word {
  if (complete) return lossless ? "readout.exact" : "readout.jpeg";
  return failed ? "readout.incomplete" : "readout.loading";
}

/** A zoom as people say it: 63 %, 0.8 %, 1 200 %. */
export function percentText(zoom: number): string {
  const percent = zoom * 100;
  return `${percent < 10 ? number(percent, 2) : Math.round(percent).toLocaleString()} %`;
}
