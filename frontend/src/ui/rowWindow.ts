/** Which rows of a long list of equal rows are drawn, and where. */

/** Scroll areas beyond this are cut off by browsers (Firefox at 17.9 million pixels). */
export const SCROLL_MAX = 12_000_000;

export interface Rows {
  readonly count: number;
  /** Height of a row in CSS pixels, its gap included. */
  readonly height: number;
  /** Padding before the first and after the last row. */
  readonly padding: number;
}

export interface RowWindow {
  /** First row drawn. */
  readonly start: number;
  /** The row after the last one drawn. */
  readonly end: number;
  /** Where row `start` is drawn, from the top of the scroll area. */
  readonly offset: number;
  /** Height of the scroll area. */
  readonly scrollHeight: number;
}

/** The rows to draw at a scroll position, with `overscan` more on either side. */
export function rowWindow(
  rows: Rows,
  scrollTop: number,
  viewport: number,
  overscan: number,
): RowWindow {
  const { content, scrollHeight } = heights(rows);
  const top = contentTop(rows, scrollTop, viewport);
  const start = Math.max(0, Math.floor((top - rows.padding) / rows.height) - overscan);
  const seen = Math.ceil((top + viewport - rows.padding) / rows.height);
  const end = Math.min(rows.count, seen + overscan);
  const drift = content === scrollHeight ? 0 : top - scrollTop;
  const offset = rows.padding + start * rows.height - drift;
  return { start: Math.min(start, end), end, offset, scrollHeight };
}

/** The scroll position that shows a row wholly and moves least. */
export function scrollTopFor(rows: Rows, row: number, scrollTop: number, viewport: number): number {
  const top = contentTop(rows, scrollTop, viewport);
  const first = row === 0 ? 0 : rows.padding + row * rows.height - rows.padding / 2;
  const last = rows.padding + (row + 1) * rows.height - viewport + rows.padding / 2;
  const wanted = first < top ? first : last > top ? last : top;
  return scrollTopAt(rows, wanted, viewport);
}

function heights(rows: Rows): { content: number; scrollHeight: number } {
  const content = rows.count * rows.height + 2 * rows.padding;
  return { content, scrollHeight: Math.min(content, SCROLL_MAX) };
}

/** Where the viewport's top is in the content; the same as scrollTop in areas of normal size. */
function contentTop(rows: Rows, scrollTop: number, viewport: number): number {
  const { content, scrollHeight } = heights(rows);
  if (content === scrollHeight) return scrollTop;
  return (scrollTop * (content - viewport)) / (scrollHeight - viewport);
}

function scrollTopAt(rows: Rows, top: number, viewport: number): number {
  const { content, scrollHeight } = heights(rows);
  const within = Math.min(Math.max(0, top), Math.max(0, content - viewport));
  if (content === scrollHeight) return within;
  return (within * (scrollHeight - viewport)) / (content - viewport);
}
