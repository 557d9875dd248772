/** What wells are called, and which of them are meant. */

/** Rows are letters unless the plate says otherwise, columns numbers: A to Z, then AA. */
export function rowLabel(row: number, naming: "LETTER" | "NUMBER" | null = null): string {
  return naming === "NUMBER" ? String(row + 1) : letters(row);
}

export function columnLabel(column: number, naming: "LETTER" | "NUMBER" | null = null): string {
  return naming === "LETTER" ? letters(column) : String(column + 1);
}

function letters(index: number): string {
  const rest = Math.floor(index / 26);
  return `${rest > 0 ? letters(rest - 1) : ""}${String.fromCharCode(65 + (index % 26))}`;
}

/** A well by its place; addresses carry it in this form whatever the plate calls its rows. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

export function placeText({ row, column }: Place): string {
  return `${letters(row)}${String(column + 1)}`;
}

/** `B7` → row 1, column 6; null for anything else. */
export function parsePlace(text: string): Place | null {
  const match = /^([A-Za-z]{1,3})0*([1-9]\d{0,3})$/.exec(text.trim());
  if (match === null) return null;
  let row = 0;
  for (const letter of (match[1] ?? "").toUpperCase()) row = row * 26 + letter.charCodeAt(0) - 64;
  return { row: row - 1, column: Number(match[2]) - 1 };
}

export const SPANS_MAX = 60;

/** Places as spans of rows, `B2-B9,C4`; empty when an address has no room for them. */
export function placesText(places: Iterable<number>, columns: number): string {
  const sorted = [...places].toSorted((one, other) => one - other);
  const spans: [number, number][] = [];
  for (const place of sorted) {
    const last = spans.at(-1);
    if (last !== undefined && last[1] === place - 1 && place % columns !== 0) last[1] = place;
    else spans.push([place, place]);
  }
  if (spans.length > SPANS_MAX) return "";
  const text = (place: number) =>
    placeText({ row: Math.floor(place / columns), column: place % columns });
  return spans
    .map(([from, to]) => (from === to ? text(from) : `${text(from)}-${text(to)}`))
    .join(",");
}

/** The same read back; what is no place, or outside the plate, is left out. */
export function parsePlaces(text: string, rows: number, columns: number): Set<number> {
  const found = new Set<number>();
  for (const span of text.split(",").slice(0, SPANS_MAX)) {
    const [from, to] = span.split("-", 2).map(parsePlace);
    const last = to ?? from;
    if (from == null || last == null) continue;
    for (let row = from.row; row <= Math.min(last.row, rows - 1); row += 1)
      for (let column = from.column; column <= Math.min(last.column, columns - 1); column += 1)
        found.add(row * columns + column);
  }
  return found;
}
