import type { Session } from "../state/session";
import { scaleBarFor } from "../state/scaleBar";
import { useSignal } from "../useSignal";
import { w } from "../words";
import styles from "./CanvasArea.module.css";

/** A bar of a round length at the present zoom. */
export function ScaleBarOverlay({ session }: { session: Session }) {
  const zoom = useSignal(session.zoom);
  const { width, label } = scaleBarFor(zoom, session.facts.pixelSize.x, 140);
  return (
    <figure
      className={`${styles.chip} ${styles.scale}`}
      aria-label={w("scale.label", { length: label })}
    >
      {label}
      <div className={styles.bar} style={{ inlineSize: width }} />
    </figure>
  );
}
