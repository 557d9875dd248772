import {
  type KeyboardEvent,
  type PointerEvent,
  type Ref,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { isApple } from "../commands/keys";
import { drawPlate, themeOf } from "./draw";
import type { PlateAnswer } from "./documents";
import type { Colouring } from "./measures";
import styles from "./Plate.module.css";
import { columnLabel, rowLabel } from "./places";
import {
  everyWell,
  lineOf,
  movedOn,
  onlyWell,
  stretched,
  toggledWell,
  type Wells,
} from "./selection";
import { TileImages } from "./tiles";
import type { PlateView } from "./urlState";
import { w } from "./words";

export interface PlateHandle {
  focus(): void;
  /** CSS pixels of a well now. */
  cell(): number;
}

interface Props {
  plate: PlateAnswer;
  picture: NonNullable<PlateAnswer["picture"]>;
  view: PlateView;
  wells: Wells;
  there: ReadonlySet<number>;
  colouring: Colouring | null;
  describe(place: number): string;
  onSelect(wells: Wells): void;
  onOpen(place: number, inNewTab: boolean): void;
  onTileFailed(isFailed: boolean): void;
  ref?: Ref<PlateHandle>;
}

const HEAD = { width: 34, height: 26 };
const [SMALLEST, LARGEST] = [14, 256];

/** The wells of a plate on one canvas, with its rows and columns around it; an ARIA grid. */
export function PlateGrid({
  plate,
  picture,
  view,
  wells,
  there,
  colouring,
  describe,
  onSelect,
  onOpen,
  onTileFailed,
  ref,
}: Props) {
  const { rows, columns } = picture;
  const shape = useMemo(() => ({ rows, columns }), [rows, columns]);
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const gridId = useId();
  const [seen, setSeen] = useState({ x: 0, y: 0, width: 0, height: 0 });
  const [hasFocus, setFocus] = useState(false);
  const [drawn, setDrawn] = useState(0);
  const drag = useRef<Wells | null>(null);
  const tiles = useMemo(
    () =>
      new TileImages((isFailed) => {
        onTileFailed(isFailed);
        setDrawn((last) => last + 1);
      }),
    [onTileFailed],
  );
  const cell = view.size ?? fittedCell(seen, shape);

  useImperativeHandle(ref, () => ({
    focus: () => scroller.current?.focus(),
    cell: () => cell,
  }));
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const look = (): void =>
      setSeen({
        x: element.scrollLeft,
        y: element.scrollTop,
        width: element.clientWidth - HEAD.width,
        height: element.clientHeight - HEAD.height,
      });
    look();
    const watcher = new ResizeObserver(look);
    watcher.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      watcher.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  useEffect(() => {
    // The theme's colours are read when they are drawn: a change of theme draws anew.
    const query = window.matchMedia("(prefers-color-scheme: dark)");
    const redraw = (): void => setDrawn((last) => last + 1);
    const watcher = new MutationObserver(redraw);
    watcher.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    query.addEventListener("change", redraw);
    return () => {
      watcher.disconnect();
      query.removeEventListener("change", redraw);
    };
  }, []);
  const whole = { width: columns * cell, height: rows * cell };
  const part = {
    width: Math.max(0, Math.min(seen.width, whole.width)),
    height: Math.max(0, Math.min(seen.height, whole.height)),
  };
  useLayoutEffect(() => {
    const element = canvas.current;
    if (element === null || part.width === 0 || part.height === 0) return;
    drawPlate(element, {
      picture,
      view,
      cell,
      x: seen.x,
      y: seen.y,
      ...part,
      wells: there,
      selected: wells.selected,
      active: wells.active,
      colouring,
      tiles,
      theme: themeOf(element),
      hasFocus,
    });
    element.dataset.drawn = String(drawn);
  });

  const reveal = (place: number): void => {
    const element = scroller.current;
    if (element === null || place < 0) return;
    const [left, top] = [(place % columns) * cell, Math.floor(place / columns) * cell];
    if (left < element.scrollLeft) element.scrollLeft = left;
    else if (left + cell > element.scrollLeft + seen.width)
      element.scrollLeft = left + cell - seen.width;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + cell > element.scrollTop + seen.height)
      element.scrollTop = top + cell - seen.height;
  };
  const select = (next: Wells): void => {
    reveal(next.active);
    onSelect(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const isMod = isApple ? event.metaKey : event.ctrlKey;
    const { active } = wells;
    const next = event.altKey ? null : movedOn(event.key, active, shape, isMod);
    if (next !== null) select(event.shiftKey ? stretched(wells, next, shape) : onlyWell(next));
    else if (event.key === "Enter" && active >= 0) onOpen(active, isMod);
    else if (event.key === " " && active >= 0) {
      if (event.shiftKey) onSelect(lineOf(wells, "row", Math.floor(active / columns), shape));
      else if (isMod) onSelect(lineOf(wells, "column", active % columns, shape));
      else onSelect(toggledWell(wells, active));
    } else if (event.key.toLowerCase() === "a" && isMod) onSelect(everyWell(wells, shape));
    else if (event.key === "Escape" && wells.selected.size > 0)
      onSelect({ ...wells, selected: new Set() });
    else return;
    event.preventDefault();
  };
  const placeAt = (event: PointerEvent<HTMLCanvasElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left + seen.x) / cell);
    const row = Math.floor((event.clientY - box.top + seen.y) / cell);
    const isInside = column >= 0 && row >= 0 && column < columns && row < rows;
    return isInside ? row * columns + column : -1;
  };
  const onPointerDown = (event: PointerEvent<HTMLCanvasElement>): void => {
    const place = placeAt(event);
    if (place < 0 || event.button !== 0) return;
    scroller.current?.focus({ preventScroll: true });
    const isMod = isApple ? event.metaKey : event.ctrlKey;
    const next = event.shiftKey
      ? stretched(wells, place, shape)
      : isMod
        ? toggledWell(wells, place)
        : onlyWell(place);
    onSelect(next);
    if (event.pointerType === "mouse" && !isMod) {
      event.currentTarget.setPointerCapture(event.pointerId);
      drag.current = next;
    }
  };
  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (drag.current === null) return;
    const place = placeAt(event);
    if (place >= 0 && place !== drag.current.active) {
      drag.current = stretched(drag.current, place, shape);
      onSelect(drag.current);
    }
  };
  const endDrag = (): void => {
    drag.current = null;
  };

  const activeRow = Math.floor(wells.active / columns);
  const nameOf = {
    row: (row: number) => rowLabel(row, plate.rowNamingConvention),
    column: (column: number) => columnLabel(column, plate.columnNamingConvention),
  };
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      tabIndex={0}
      aria-label={w("plate.grid", { name: plate.name })}
      aria-rowcount={rows + 1}
      aria-colcount={columns + 1}
      aria-multiselectable="true"
      aria-activedescendant={wells.active >= 0 ? `${gridId}-active` : undefined}
      data-region-focus=""
      onKeyDown={onKeyDown}
      onFocus={(event) => setFocus(event.target === event.currentTarget)}
      onBlur={() => setFocus(false)}
    >
      <div
        role="presentation"
        className={styles.plate}
        style={{
          gridTemplateColumns: `${String(HEAD.width)}px ${String(whole.width)}px`,
          gridTemplateRows: `${String(HEAD.height)}px ${String(whole.height)}px`,
        }}
      >
        <div role="row" aria-rowindex={1} className={styles.columns}>
          <span role="columnheader" className={styles.corner} aria-colindex={1}>
            <span className="spoken">{w("plate.grid", { name: plate.name })}</span>
          </span>
          {range(columns).map((column) => (
            <span
              key={column}
              role="columnheader"
              aria-colindex={column + 2}
              style={{ width: cell }}
            >
              <button
                type="button"
                tabIndex={-1}
                className={styles.head}
                aria-label={w("well.column", { label: nameOf.column(column) })}
                onClick={(event) => {
                  onSelect(lineOf(wells, "column", column, shape, event.ctrlKey || event.metaKey));
                  scroller.current?.focus({ preventScroll: true });
                }}
              >
                {cell >= 18 || column % 2 === 0 ? nameOf.column(column) : ""}
              </button>
            </span>
          ))}
        </div>
        <div role="presentation" className={styles.rows}>
          {range(rows).map((row) => (
            <div key={row} role="row" aria-rowindex={row + 2} style={{ height: cell }}>
              <span role="rowheader" aria-colindex={1}>
                <button
                  type="button"
                  tabIndex={-1}
                  className={styles.head}
                  aria-label={w("well.row", { label: nameOf.row(row) })}
                  onClick={(event) => {
                    onSelect(lineOf(wells, "row", row, shape, event.ctrlKey || event.metaKey));
                    scroller.current?.focus({ preventScroll: true });
                  }}
                >
                  {cell >= 14 || row % 2 === 0 ? nameOf.row(row) : ""}
                </button>
              </span>
              {row === activeRow && (
                <span
                  id={`${gridId}-active`}
                  role="gridcell"
                  className="spoken"
                  aria-colindex={(wells.active % columns) + 2}
                  aria-selected={wells.selected.has(wells.active)}
                >
                  {describe(wells.active)}
                </span>
              )}
            </div>
          ))}
        </div>
        <div role="presentation" className={styles.wells}>
          <canvas
            ref={canvas}
            aria-hidden="true"
            className={styles.canvas}
            style={part}
            onPointerDown={onPointerDown}
            onPointerMove={onPointerMove}
            onPointerUp={endDrag}
            onPointerCancel={endDrag}
            onDoubleClick={(event) => wells.active >= 0 && onOpen(wells.active, event.ctrlKey)}
          />
        </div>
      </div>
    </div>
  );
}

function fittedCell(
  seen: { width: number; height: number },
  { rows, columns }: { rows: number; columns: number },
): number {
  const least = window.matchMedia("(pointer: coarse)").matches ? 24 : SMALLEST;
  const fitting = Math.floor(Math.min(seen.width / columns, seen.height / rows));
  return Math.min(LARGEST, Math.max(least, fitting));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
