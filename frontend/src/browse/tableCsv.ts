/** The table of images as CSV: all that a list finds or what is selected of it, page by page. */

import type { ImageFilter } from "../api/generated/graphql";
import { t } from "../i18n";
import { type Cell, csvLines } from "../ui/csv";
import { CSV } from "../ui/files";
import type { ImageCard } from "./documents";
import { hasOwnColumn, sortedValue } from "./ImageTable";
import { numberOf } from "./ids";
import { pagesOf, safeFilter } from "./imageLists";
import { partsOf } from "./orders";
import type { FetchPage } from "./pagedList";
import type { Scope } from "./scope";
import { countOf, has, type Selection } from "./selection";
import { sortName } from "./SortMenu";
import type { Sort } from "./urlState";

export interface TableWish {
  readonly scope: Scope;
  readonly query: string;
  readonly sort: Sort;
  /** What is wanted of the list; null for all of it. */
  readonly selection: Selection | null;
}

/** The most that the server gives at once. */
const PAGE = 500;
/** The most ids that a filter takes: more are looked for among all that the list finds. */
const IDS_MAX = 1000;

/** Asks for the pages of what is wanted, in the order of the table. */
export function tablePages({ scope, query, sort, selection }: TableWish): FetchPage<ImageCard> {
  const parts: (ImageFilter | null)[] = [safeFilter(query), idFilter(selection)];
  const given = parts.filter((part) => part !== null);
  return pagesOf(scope, given.length === 2 ? { and: given } : (given[0] ?? null), sort);
}

function idFilter(selection: Selection | null): ImageFilter | null {
  if (selection === null || selection.isWhole === true) return null;
  if (selection.selected.size > IDS_MAX) return null;
  return { id: { in: [...selection.selected].map((number) => `Image:${number}`) } };
}

/**
 * Writes the table.
 *
 * Each page becomes a part of the file before the next is asked for, so that only one is held.
 *
 * @param onProgress hears how many rows there are, and of how many
 * @returns the file, and how many rows it has below its header
 */
export async function tableCsv(
  { sort, selection }: Pick<TableWish, "sort" | "selection">,
  fetchPage: FetchPage<ImageCard>,
  signal: AbortSignal,
  onProgress: (rows: number, of: number) => void,
): Promise<{ file: Blob; rows: number }> {
  const parts = [new Blob([csvLines([headerOf(sort)])])];
  let rows = 0;
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof fetchPage>> = await fetchPage(
      "start",
      PAGE,
      after,
      signal,
    );
    signal.throwIfAborted();
    const wanted = page.items.filter(
      ({ id }) => selection === null || has(selection, numberOf(id)),
    );
    if (wanted.length > 0)
      parts.push(new Blob([csvLines(wanted.map((image) => rowOf(image, sort)))]));
    rows += wanted.length;
    const all = selection === null ? page.total : countOf(selection, page.total);
    onProgress(rows, all);
    after = page.items.length === 0 || rows >= all ? null : page.endCursor;
  } while (after !== null);
  return { file: new Blob(parts, CSV), rows };
}

/** The columns of the table, with width and height in one each. */
function headerOf(sort: Sort): string[] {
  return [
    t("table.name"),
    t("table.width"),
    t("table.height"),
    "C",
    "Z",
    "T",
    t("table.type"),
    t("table.acquired"),
    ...(hasOwnColumn(sort) ? [sortName(partsOf(sort).by)] : []),
  ];
}

function rowOf(image: ImageCard, sort: Sort): Cell[] {
  const { name, pixels, acquisitionDate, rating } = image;
  const own = partsOf(sort).by === "rating" ? (rating?.average ?? null) : sortedValue(image, sort);
  return [
    name,
    pixels?.sizeX ?? null,
    pixels?.sizeY ?? null,
    pixels?.sizeC ?? null,
    pixels?.sizeZ ?? null,
    pixels?.sizeT ?? null,
    pixels?.type.toLowerCase() ?? null,
    acquisitionDate,
    ...(hasOwnColumn(sort) ? [own] : []),
  ];
}
