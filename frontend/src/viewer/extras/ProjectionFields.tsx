import { clamp } from "../engine/geometry";
import { NumberInput } from "../panels/NumberInput";
import type { Session } from "../state/session";
import { useSignal } from "../useSignal";
import styles from "./Extras.module.css";
import { x } from "./words";

const KINDS = ["max", "mean", "min", "sum"] as const;

/** Which planes are shown as one, and how; nothing for an image of one plane. */
export function ProjectionFields({ session }: { session: Session }) {
  const { sizeZ, sizeT } = session.facts;
  const text = useSignal(session.view, (view) => view.projection);
  const axis = sizeZ > 1 ? "" : "t";
  const count = axis === "" ? sizeZ : sizeT;
  if (count === 1) return null;
  const found = /^(t?)([a-z]+?)(?::(\d+)-(\d+))?$/.exec(text);
  const kind = found?.[2] ?? "";
  const [first, last] = [Number(found?.[3] ?? 1), Number(found?.[4] ?? count)];
  const set = (nextKind: string, from: number, to: number): void => {
    const low = clamp(Math.round(Math.min(from, to)), 1, count);
    const high = clamp(Math.round(Math.max(from, to)), 1, count);
    const range = low === 1 && high === count ? "" : `:${low}-${high}`;
    session.change({ projection: nextKind && `${axis}${nextKind}${range}` });
  };
  return (
    <div className={styles.row} role="group" aria-label={x("more.projection")}>
      <span className={styles.label} aria-hidden="true">
        {x("more.projection")}
      </span>
      <select
        className={styles.select}
        aria-label={x("more.projection")}
        value={kind}
        onChange={(event) => set(event.target.value, first, last)}
      >
        <option value="">{x("more.none")}</option>
        {KINDS.map((each) => (
          <option key={each} value={each}>
            {x(`more.${each}`)}
          </option>
        ))}
      </select>
      {kind && (
        <>
          <span>{x("more.over")}</span>
          <NumberInput
            label={x("more.first")}
            value={first}
            step={1}
            onChange={(value) => set(kind, value, last)}
          />
          <span>{x("more.to")}</span>
          <NumberInput
            label={x("more.last")}
            value={last}
            step={1}
            onChange={(value) => set(kind, first, value)}
          />
        </>
      )}
    </div>
  );
}
