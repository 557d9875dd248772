/** Which wells are selected, by place counted row by row, and which one is in focus. */

export interface Wells {
  readonly selected: ReadonlySet<number>;
  /** Focused place; -1 when none is. */
  readonly active: number;
  /** Corner where a rectangle that is being extended began. */
  readonly anchor: number;
}

export interface Shape {
  readonly rows: number;
  readonly columns: number;
}

export const NO_WELLS: Wells = { selected: new Set(), active: -1, anchor: -1 };

export function onlyWell(place: number): Wells {
  return { selected: new Set([place]), active: place, anchor: place };
}

export function toggledWell(wells: Wells, place: number): Wells {
  const selected = new Set(wells.selected);
  if (!selected.delete(place)) selected.add(place);
  return { selected, active: place, anchor: place };
}

/** The rectangle from the anchor to a place. */
export function stretched(wells: Wells, place: number, { columns }: Shape): Wells {
  const anchor = wells.anchor < 0 ? place : wells.anchor;
  const [top, bottom] = ordered(Math.floor(anchor / columns), Math.floor(place / columns));
  const [left, right] = ordered(anchor % columns, place % columns);
  const selected = new Set<number>();
  for (let row = top; row <= bottom; row += 1)
    for (let column = left; column <= right; column += 1) selected.add(row * columns + column);
  return { selected, active: place, anchor };
}

function ordered(one: number, other: number): [number, number] {
  return one < other ? [one, other] : [other, one];
}

/** A whole row or column; with `add`, beside what is selected. */
export function lineOf(
  wells: Wells,
  axis: "row" | "column",
  index: number,
  { rows, columns }: Shape,
  add = false,
): Wells {
  const count = axis === "row" ? columns : rows;
  const places = Array.from({ length: count }, (_, at) =>
    axis === "row" ? index * columns + at : at * columns + index,
  );
  const first = places[0] ?? -1;
  const selected = new Set([...(add ? wells.selected : []), ...places]);
  return { selected, active: first, anchor: first };
}

export function everyWell(wells: Wells, { rows, columns }: Shape): Wells {
  const selected = new Set(Array.from({ length: rows * columns }, (_, place) => place));
  return { selected, active: Math.max(0, wells.active), anchor: 0 };
}

/** Where the focus goes from a place; null for other keys. Rows and columns end at the edge. */
export function movedOn(
  key: string,
  place: number,
  { rows, columns }: Shape,
  toEnd: boolean,
): number | null {
  const from = Math.max(0, place);
  const [row, column] = [Math.floor(from / columns), from % columns];
  const steps: Record<string, [number, number]> = {
    ArrowLeft: [row, toEnd ? 0 : column - 1],
    ArrowRight: [row, toEnd ? columns - 1 : column + 1],
    ArrowUp: [toEnd ? 0 : row - 1, column],
    ArrowDown: [toEnd ? rows - 1 : row + 1, column],
    Home: [toEnd ? 0 : row, 0],
    End: [toEnd ? rows - 1 : row, columns - 1],
    PageUp: [0, column],
    PageDown: [rows - 1, column],
  };
  const next = steps[key];
  if (next === undefined) return null;
  if (place < 0) return 0;
  const [toRow, toColumn] = next;
  return (
    Math.min(rows - 1, Math.max(0, toRow)) * columns + Math.min(columns - 1, Math.max(0, toColumn))
  );
}
