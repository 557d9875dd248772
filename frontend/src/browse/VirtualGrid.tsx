import {
  type DragEvent,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useSyncExternalStore,
} from "react";
import { isApple } from "../commands/keys";
import { classes } from "../ui/classes";
import { useRowWindow } from "../ui/useRowWindow";
import { clipKey } from "./clipboard";
import type { OpenList } from "./imageLists";
import {
  countOf,
  extended,
  has,
  movedBy,
  NOTHING,
  only,
  type Selection,
  toggled,
  whole,
} from "./selection";
import styles from "./VirtualGrid.module.css";

/** Places of cells: columns that fill the width, rows of one height. */
export interface GridShape {
  /** Least width of a cell; as many columns as fit. Infinity: one column. */
  readonly cellWidth: number;
  readonly gap: number;
  /** Around all cells, for a width of the whole. */
  padding(width: number): number;
  /** Height of a cell of a width. */
  cellHeight(width: number): number;
}

export interface GridHandle {
  focus(): void;
}

interface Props<Item extends { id: string }> {
  label: string;
  open: OpenList<Item>;
  shape: GridShape;
  selection: Selection;
  onSelect(selection: Selection): void;
  onOpen(item: Item, inNewTab: boolean): void;
  /** What a cell shows; undefined stands for an item that is still on its way. */
  renderCell(item: Item | undefined, width: number): ReactNode;
  describe(item: Item): string;
  cellClass?: string;
  /** A cell begins to be dragged. */
  onDrag?(event: DragEvent, id: string): void;
  /** What is selected is cut or copied, or something is put here. */
  onClip?(stroke: "cut" | "copy" | "paste"): void;
  /** A row above all others that stays (a table's header). */
  head?: ReactNode;
  ref?: Ref<GridHandle>;
}

/** Drawn while nothing is known about the list's length. */
const EXPECTED = 60;

/** A list of any length as an ARIA grid; only what is in view is in the document. */
export function VirtualGrid<Item extends { id: string }>({
  label,
  open,
  shape,
  selection,
  onSelect,
  onOpen,
  renderCell,
  describe,
  cellClass,
  onDrag,
  onClip,
  head,
  ref,
}: Props<Item>) {
  const { list } = open;
  useSyncExternalStore(list.subscribe, list.snapshot);
  const scroller = useRef<HTMLDivElement>(null);
  const gridId = useId();
  const moves = useRef(0);
  const count = list.total ?? EXPECTED;
  const metrics = measure(shape, count);
  const rows = useRowWindow(scroller, (width) => metrics(width).rows, 1);
  const { columns, cellWidth } = metrics(rows.width);
  const first = rows.start * columns;
  const last = Math.min(count, rows.end * columns);
  const isDrawn = rows.width > 0;

  useLayoutEffect(() => {
    if (isDrawn) list.want(first, last);
  }, [list, first, last, isDrawn]);
  useLayoutEffect(() => () => list.rest(), [list]);
  useScrollMemory(scroller, open);
  useImperativeHandle(ref, () => ({ focus: () => scroller.current?.focus() }));

  const goTo = async (place: number, extend: boolean): Promise<void> => {
    moves.current += 1;
    const move = moves.current;
    rows.reveal(Math.floor(place / columns));
    const from = extend && selection.anchor >= 0 ? selection.anchor : place;
    if (!(await list.load(Math.min(from, place), Math.max(from, place) + 1))) return;
    const item = list.at(place);
    // Someone who has gone on meanwhile is not called back.
    if (item === undefined || move !== moves.current) return;
    const next = extend
      ? extended(selection, place, (at) => idAt(list.at(at)))
      : only(numberIn(item.id), place);
    onSelect(next);
  };
  const onClick = (event: MouseEvent): void => {
    const place = placeOf(event);
    const item = list.at(place);
    if (item === undefined) return;
    moves.current += 1;
    const isTouch = (event.nativeEvent as PointerEvent).pointerType === "touch";
    if (isTouch && selection.selected.size < 2) onOpen(item, false);
    else if (event.shiftKey) void goTo(place, true);
    else if (isApple ? event.metaKey : event.ctrlKey)
      onSelect(toggled(selection, numberIn(item.id), place));
    else onSelect(only(numberIn(item.id), place));
  };
  const onDoubleClick = (event: MouseEvent): void => {
    const item = list.at(placeOf(event));
    if (item !== undefined) onOpen(item, event.ctrlKey || event.metaKey);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Keys of controls inside (a header's buttons) are theirs.
    if (event.target !== event.currentTarget) return;
    const stroke = clipKey(event);
    if (stroke !== null && onClip !== undefined) {
      event.preventDefault();
      onClip(stroke);
      return;
    }
    const isMod = isApple ? event.metaKey : event.ctrlKey;
    const active = activePlace(selection, list);
    const item = list.at(active);
    const pageRows = Math.max(1, rows.end - rows.start - 3);
    const next = isMod ? null : movedBy(event.key, active, { columns, count, pageRows });
    if (next !== null) void goTo(next, event.shiftKey);
    else if (event.key === "Enter" && item !== undefined) onOpen(item, isMod);
    else if ((event.key === " " || event.key.toLowerCase() === "x") && !isMod && item !== undefined)
      onSelect(toggled(selection, numberIn(item.id), active));
    else if (event.key.toLowerCase() === "a" && isMod) onSelect(whole(active));
    else if (event.key === "Escape" && countOf(selection, count) > 0)
      onSelect({ ...NOTHING, active: selection.active });
    else return;
    event.preventDefault();
  };

  const active = activePlace(selection, list);
  const isActiveDrawn = active >= first && active < last;
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-busy={list.total === null}
      aria-rowcount={Math.ceil(count / columns)}
      aria-colcount={columns}
      aria-multiselectable="true"
      aria-activedescendant={isActiveDrawn ? `${gridId}-${String(active)}` : undefined}
      data-region-focus=""
      onClick={onClick}
      onDoubleClick={onDoubleClick}
      onKeyDown={onKeyDown}
      onDragStart={(event) => {
        const item = list.at(placeOf(event));
        if (item !== undefined) onDrag?.(event, numberIn(item.id));
      }}
    >
      {head}
      <div role="presentation" className={styles.space} style={{ height: rows.scrollHeight }}>
        <div
          role="presentation"
          className={styles.rows}
          style={{ transform: `translateY(${String(rows.offset)}px)`, gap: shape.gap }}
        >
          {isDrawn &&
            range(rows.start, rows.end).map((row) => (
              <div
                key={row}
                role="row"
                aria-rowindex={row + 1}
                className={styles.row}
                style={{
                  gridTemplateColumns: `repeat(${String(columns)}, ${String(cellWidth)}px)`,
                  height: shape.cellHeight(cellWidth),
                  gap: shape.gap,
                  paddingInline: shape.padding(rows.width),
                }}
              >
                {range(row * columns, Math.min(count, (row + 1) * columns)).map((place) => {
                  const item = list.at(place);
                  return (
                    <div
                      key={place}
                      id={`${gridId}-${String(place)}`}
                      data-place={place}
                      role="gridcell"
                      aria-colindex={(place % columns) + 1}
                      aria-selected={item !== undefined && has(selection, numberIn(item.id))}
                      draggable={item !== undefined && onDrag !== undefined}
                      className={classes(
                        styles.cell,
                        cellClass,
                        place === active && styles.active,
                        item === undefined && styles.waiting,
                      )}
                    >
                      {item !== undefined && <span className="spoken">{describe(item)}</span>}
                      {renderCell(item, cellWidth)}
                    </div>
                  );
                })}
              </div>
            ))}
        </div>
      </div>
    </div>
  );
}

/** The place of the cell that was pointed at; -1 beside all cells. */
function placeOf(event: MouseEvent): number {
  const cell = (event.target as Element).closest<HTMLElement>("[data-place]");
  return cell === null ? -1 : Number(cell.dataset.place);
}

function measure(shape: GridShape, count: number) {
  return (width: number) => {
    const padding = shape.padding(width);
    const inner = Math.max(0, width - 2 * padding);
    const fitting = Math.floor((inner + shape.gap) / (shape.cellWidth + shape.gap));
    const columns = Math.max(1, Math.min(fitting, count));
    const filled = Math.max(1, fitting);
    const cellWidth = Math.floor((inner - (filled - 1) * shape.gap) / filled);
    const rows = {
      count: Math.ceil(count / columns),
      height: shape.cellHeight(cellWidth) + shape.gap,
      padding,
    };
    return { columns, cellWidth, rows };
  };
}

/** The focused place; that of the only selected item when the address said so and not where. */
function activePlace<Item extends { id: string }>(
  selection: Selection,
  list: OpenList<Item>["list"],
): number {
  if (selection.active >= 0 || selection.selected.size === 0) return selection.active;
  const last = [...selection.selected].at(-1);
  return list.findIndex((item) => numberIn(item.id) === last);
}

function idAt(item: { id: string } | undefined): string | undefined {
  return item === undefined ? undefined : numberIn(item.id);
}

function numberIn(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);
}

/** Keep the scroll position with the list, and take it up when the list is shown again. */
function useScrollMemory(
  ref: { current: HTMLDivElement | null },
  open: OpenList<never> | OpenList<{ id: string }>,
) {
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    element.scrollTop = open.scrollTop;
    const remember = (): void => {
      open.scrollTop = element.scrollTop;
    };
    element.addEventListener("scroll", remember, { passive: true });
    return () => element.removeEventListener("scroll", remember);
  }, [ref, open]);
}
