/** Tables as text that spreadsheet programs read, and never run. */

export type Cell = string | number | null;

/** Comma-separated lines with a header; a number is written so that it reads back exactly. */
export function csvOf(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return csvLines([header, ...rows]);
}

/** Comma-separated lines, each with its end: what a table that comes in parts is joined of. */
export function csvLines(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(",")}\r\n`).join("");
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return Number.isFinite(cell) ? String(cell) : "";
  // A text that begins like a formula would be one to a spreadsheet program: an apostrophe
  // makes it a text.
  const safe = /^[=+\-@\t\r\n|]/.test(cell.trimStart() || cell) ? `'${cell}` : cell;
  return /[",\r\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
