import styles from "./Rois.module.css";
import type { Rois } from "./rois";
import { r } from "./words";

/** A colour; its opacity stays. */
export function ColorField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange(value: string): void;
}) {
  return (
    <label className={styles.check}>
      <input
        type="color"
        className={styles.color}
        value={value.slice(0, 7).toLowerCase()}
        onChange={(event) => onChange(event.target.value.toUpperCase() + value.slice(7))}
      />
      {label}
    </label>
  );
}

interface Planes {
  readonly z: number | null;
  readonly t: number | null;
  readonly c: number | null;
}

/** On which planes and channel shapes are: this one or all. */
export function PlaneFields({
  rois,
  value,
  onChange,
}: {
  rois: Rois;
  value: Planes;
  onChange(change: Partial<Planes>): void;
}) {
  const { facts, view } = rois.session;
  return (
    <div className={styles.planes}>
      {facts.sizeZ > 1 && (
        <AxisField
          axis={r("edit.z")}
          value={value.z}
          now={view.value.z}
          onChange={(z) => onChange({ z })}
        />
      )}
      {facts.sizeT > 1 && (
        <AxisField
          axis={r("edit.t")}
          value={value.t}
          now={view.value.t}
          onChange={(t) => onChange({ t })}
        />
      )}
      {facts.channels.length > 1 && (
        <select
          className={styles.select}
          aria-label={r("edit.c")}
          value={value.c ?? ""}
          onChange={(event) =>
            onChange({ c: event.target.value === "" ? null : Number(event.target.value) })
          }
        >
          <option value="">{r("edit.allChannels")}</option>
          {[...facts.channels.keys()].map((index) => (
            <option key={index} value={index}>
              {facts.channels[index]?.label}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

function AxisField({
  axis,
  value,
  now,
  onChange,
}: {
  axis: string;
  value: number | null;
  now: number;
  onChange(value: number | null): void;
}) {
  const own = value ?? now;
  const choices = own === now ? [now] : [own, now];
  return (
    <select
      className={styles.select}
      aria-label={axis}
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value === "" ? null : Number(event.target.value))}
    >
      {choices.map((at) => (
        <option key={at} value={at}>
          {r("edit.this", { axis, number: at + 1 })}
        </option>
      ))}
      <option value="">{r("edit.all", { axis })}</option>
    </select>
  );
}
