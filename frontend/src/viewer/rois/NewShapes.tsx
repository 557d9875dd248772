import { useSignal } from "../useSignal";
import { ColorField, PlaneFields } from "./fields";
import styles from "./Rois.module.css";
import type { Rois } from "./rois";
import { r } from "./words";

/** What new shapes will be like. */
export function NewShapes({ rois }: { rois: Rois }) {
  const stroke = useSignal(rois.stroke);
  const attachment = useSignal(rois.attachment);
  const z = useSignal(rois.session.view, (view) => view.z);
  const t = useSignal(rois.session.view, (view) => view.t);
  const value = {
    z: attachment.z === "this" ? z : null,
    t: attachment.t === "this" ? t : null,
    c: attachment.c,
  };
  return (
    <section className={styles.section} aria-label={r("new.label")}>
      <div className={styles.fields}>
        <strong className={styles.newTitle}>{r("new.label")}</strong>
        <ColorField
          label={r("edit.stroke")}
          value={stroke}
          onChange={(color) => rois.stroke.set(color)}
        />
      </div>
      <PlaneFields
        rois={rois}
        value={value}
        onChange={(change) =>
          rois.attachment.set({
            z: change.z === undefined ? attachment.z : change.z === null ? "all" : "this",
            t: change.t === undefined ? attachment.t : change.t === null ? "all" : "this",
            c: change.c === undefined ? attachment.c : change.c,
          })
        }
      />
    </section>
  );
}
