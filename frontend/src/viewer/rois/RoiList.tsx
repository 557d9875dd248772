import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { useSignal } from "../useSignal";
import { focusName, focusText } from "./RoiLayer";
import styles from "./Rois.module.css";
import type { Rois } from "./rois";
import { isOn, type Shape } from "./shape";
import { r } from "./words";

const ROW = 28;
const MARGIN = 6;

/** All shapes that are here, however many: only the rows in view are on the page. */
export function RoiList({ rois }: { rois: Rois }) {
  const revision = useSignal(rois.revision);
  const selection = useSignal(rois.selection);
  const hidden = useSignal(rois.hidden);
  const { z, t } = useSignal(rois.session.view, ({ z: atZ, t: atT }) => `${atZ}/${atT}`)
    .split("/")
    .reduce((found, each, at) => ({ ...found, [at === 0 ? "z" : "t"]: Number(each) }), {
      z: 0,
      t: 0,
    });
  const [typed, setTyped] = useState("");
  const [onlyPlane, setOnlyPlane] = useState(false);
  const shapes = useMemo(
    () => listed(rois, typed, onlyPlane ? { z, t } : null),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the revision says when they change
    [rois, revision, typed, onlyPlane, onlyPlane ? z : 0, onlyPlane ? t : 0],
  );
  const isEmpty = rois.size === 0;
  const areShown = shapes.some(({ key }) => !hidden.has(key));
  return (
    <section className={styles.section} aria-label={r("list.label")}>
      <div className={styles.listHead}>
        <input
          type="search"
          className={styles.filter}
          placeholder={r("list.filter")}
          aria-label={r("list.filter")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={onlyPlane}
            onChange={(event) => setOnlyPlane(event.target.checked)}
          />
          {r("list.thisPlane")}
        </label>
        <button
          type="button"
          className={styles.small}
          disabled={shapes.length === 0}
          onClick={() =>
            rois.setHidden(
              shapes.map(({ key }) => key),
              areShown,
            )
          }
        >
          {r(areShown || shapes.length === 0 ? "list.hideAll" : "list.showAll")}
        </button>
      </div>
      <Count rois={rois} shown={shapes.length} />
      {isEmpty ? <Empty rois={rois} /> : <Rows {...{ rois, shapes, selection, hidden }} />}
    </section>
  );
}

function listed(rois: Rois, typed: string, plane: { z: number; t: number } | null): Shape[] {
  const wanted = typed.trim().toLowerCase();
  const found: Shape[] = [];
  for (const shape of rois.all()) {
    if (plane && !isOn(shape, plane.z, plane.t)) continue;
    if (wanted && !nameOf(shape).toLowerCase().includes(wanted)) continue;
    found.push(shape);
  }
  return found;
}

/** What a shape is called: its text, else its region's name, else its kind and number. */
export function nameOf(shape: Shape): string {
  const own = shape.text || shape.roiName;
  if (own) return own;
  const number = shape.id?.split(":")[1] ?? "…";
  return r("list.unnamed", { kind: r(`kind.${shape.kind}`), number });
}

function Count({ rois, shown }: { rois: Rois; shown: number }) {
  const { loading, total, complete } = useSignal(rois.feed.state);
  const held = rois.size;
  const values = { count: held, total: total ?? held };
  let text =
    shown === held ? r("list.count", values) : r("list.countOf", { count: shown, total: held });
  if (loading && total !== null && held < total) text = r("list.loading", values);
  else if (!complete && total !== null && held < total) text = r("list.inView", values);
  return (
    <p className={styles.total} aria-live="polite">
      {text}
    </p>
  );
}

function Empty({ rois }: { rois: Rois }) {
  const total = useSignal(rois.feed.state, (state) => state.total);
  if (total !== 0) return null;
  return (
    <div className={styles.empty}>
      <strong>{r("list.empty")}</strong>
      {rois.feed.mayDraw && <p>{r("list.emptyText")}</p>}
    </div>
  );
}

function Rows({
  rois,
  shapes,
  selection,
  hidden,
}: {
  rois: Rois;
  shapes: readonly Shape[];
  selection: readonly number[];
  hidden: ReadonlySet<number>;
}) {
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(240);
  const chosen = new Set(selection);
  const active = shapes.findIndex(({ key }) => key === selection.at(-1));
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = box.current;
    if (!element || active < 0) return;
    const [from, to] = [active * ROW, (active + 1) * ROW];
    if (from < element.scrollTop) element.scrollTop = from;
    else if (to > element.scrollTop + element.clientHeight)
      element.scrollTop = to - element.clientHeight;
  }, [active]);
  const first = Math.max(0, Math.floor(top / ROW) - MARGIN);
  const last = Math.min(shapes.length, Math.ceil((top + height) / ROW) + MARGIN);

  const go = (to: number, more: boolean): void => {
    const shape = shapes[Math.min(shapes.length - 1, Math.max(0, to))];
    if (!shape) return;
    if (more) {
      if (!chosen.has(shape.key)) rois.choose(shape.key, true);
    } else rois.goTo(shape.key);
  };
  const keyed = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(height / ROW) - 1);
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active < 0 ? 0 : active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: shapes.length - 1,
    };
    const to = moves[event.key];
    const shape = shapes[active];
    if (to !== undefined) go(to, event.shiftKey);
    else if (event.key === " " && shape) rois.setHidden([shape.key], !hidden.has(shape.key));
    else if (event.key === "Enter" && shape) focusText();
    else if (event.key === "F2" && shape) focusName();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  if (shapes.length === 0) return <p className={styles.total}>{r("list.none")}</p>;
  return (
    <div
      ref={box}
      className={styles.rows}
      role="grid"
      aria-label={r("list.label")}
      aria-multiselectable="true"
      aria-rowcount={shapes.length}
      {...(active >= first && active < last
        ? { "aria-activedescendant": `${id}-${shapes[active]?.key ?? 0}` }
        : {})}
      tabIndex={0}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={keyed}
    >
      <div role="presentation" style={{ blockSize: first * ROW }} />
      {shapes.slice(first, last).map((shape, at) => (
        <Row
          key={shape.key}
          id={`${id}-${shape.key}`}
          rois={rois}
          shape={shape}
          index={first + at}
          isChosen={chosen.has(shape.key)}
          isHidden={hidden.has(shape.key)}
        />
      ))}
      <div role="presentation" style={{ blockSize: (shapes.length - last) * ROW }} />
    </div>
  );
}

/** A plane as people count it. */
function place(at: number | null): string | number {
  return at === null ? r("list.everywhere") : at + 1;
}

function Row({
  id,
  rois,
  shape,
  index,
  isChosen,
  isHidden,
}: {
  id: string;
  rois: Rois;
  shape: Shape;
  index: number;
  isChosen: boolean;
  isHidden: boolean;
}) {
  const name = nameOf(shape);
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the grid hears the keys
    <div
      id={id}
      role="row"
      className={styles.row}
      aria-rowindex={index + 1}
      aria-selected={isChosen}
      tabIndex={-1}
      onClick={(event) => {
        if ((event.target as Element).closest("input")) return;
        if (event.shiftKey || event.ctrlKey || event.metaKey) rois.choose(shape.key, true);
        else rois.goTo(shape.key);
      }}
    >
      <span role="gridcell" className={styles.cellCheck}>
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={r("list.show", { name })}
          checked={!isHidden}
          onChange={() => rois.setHidden([shape.key], !isHidden)}
        />
      </span>
      <span role="gridcell" className={styles.cellName}>
        <span
          className={styles.dot}
          style={{ background: shape.stroke.slice(0, 7) }}
          aria-hidden="true"
        />
        <bdi className={styles.name} title={name}>
          {name}
        </bdi>
      </span>
      <span role="gridcell" className={styles.cellPlace}>
        {r("list.place", { z: place(shape.z), t: place(shape.t) })}
        {shape.c !== null && r("list.channel", { c: shape.c + 1 })}
      </span>
    </div>
  );
}
