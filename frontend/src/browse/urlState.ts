/** The browser's state as it stands in the address. */

/** What lists are sorted by; `kv:` goes before a key of key–values. */
export type By =
  | "name"
  | "acquired"
  | "id"
  | "pixels"
  | "size"
  | "rating"
  | "count"
  | `kv:${string}`;
/** With a minus, from the greatest down. */
export type Sort = By | `-${By}`;
export type View = "grid" | "table";

export interface BrowseState {
  readonly sort: Sort;
  readonly view: View;
  /** Least side of a thumbnail in CSS pixels. */
  readonly size: number;
  /** The text of the filter box. */
  readonly query: string;
  /** Whether the facets are open. */
  readonly facets: boolean;
  /** Numbers of the selected images; the last is the one in focus. */
  readonly selected: readonly string[];
}

const SORT = /^-?(?:name|acquired|id|pixels|size|rating|count|kv:.{1,200})$/u;
export const SIZE_MIN = 96;
export const SIZE_MAX = 320;
export const SIZE_STEP = 16;

/** Selections beyond this are too long for an address and last as long as the page. */
export const SELECTED_MAX = 100;

export const INITIAL: BrowseState = {
  sort: "name",
  view: "grid",
  size: 144,
  query: "",
  facets: false,
  selected: [],
};

/** Read the state from a query string. What is missing or makes no sense has its initial value. */
export function parseBrowseState(search: string): BrowseState {
  const query = new URLSearchParams(search);
  const sort = query.get("sort") ?? "";
  const size = Number(query.get("size") ?? Number.NaN);
  return {
    sort: SORT.test(sort) ? (sort as Sort) : INITIAL.sort,
    view: query.get("view") === "table" ? "table" : INITIAL.view,
    size: Number.isFinite(size) ? clampSize(size) : INITIAL.size,
    query: query.get("q") ?? INITIAL.query,
    facets: query.get("facets") === "1",
    selected: parseSelected(query.get("sel")),
  };
}

/** Write the state as a query string, without what has its initial value. */
export function formatBrowseState(state: BrowseState): string {
  const parts = [
    state.query === "" ? "" : `q=${encoded(state.query)}`,
    state.sort === INITIAL.sort ? "" : `sort=${encoded(state.sort)}`,
    state.view === INITIAL.view ? "" : `view=${state.view}`,
    state.size === INITIAL.size ? "" : `size=${String(state.size)}`,
    state.facets ? "facets=1" : "",
    state.selected.length === 0 || state.selected.length > SELECTED_MAX
      ? ""
      : `sel=image:${state.selected.join(",")}`,
  ];
  return parts.filter((part) => part !== "").join("&");
}

function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll("%20", "+").replaceAll("%3A", ":");
}

/** The nearest thumbnail size there is. */
export function clampSize(size: number): number {
  const stepped = Math.round(size / SIZE_STEP) * SIZE_STEP;
  return Math.min(SIZE_MAX, Math.max(SIZE_MIN, stepped));
}

function parseSelected(text: string | null): string[] {
  const numbers = /^image:([\d,]+)$/.exec(text ?? "")?.[1]?.split(",") ?? [];
  return [...new Set(numbers.filter((each) => each !== ""))].slice(0, SELECTED_MAX);
}
