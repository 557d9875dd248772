/** Lists of images by scope, filter and order, kept so that coming back shows what was there. */

import { ApiError } from "../api/errors";
import type { DatasetOrder, ImageFilter, PlateOrder } from "../api/generated/graphql";
import { gql } from "../api/gql";
import { t } from "../i18n";
import {
  browseAbout,
  browseDataset,
  browseImages,
  browseProject,
  browseScreen,
  type ContainerCard,
  type ImageCard,
} from "./documents";
import { containerOrder, imageOrder, reversed, shownSort } from "./orders";
import { type FetchPage, PagedList } from "./pagedList";
import { parseQuery } from "./query";
import { type About, idOf, keyOf, listedIn, type Scope } from "./scope";
import type { Sort } from "./urlState";

/** The thing that is shown: a project, dataset, screen, plate or tag. */
export interface Header {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly version: number;
  readonly canEdit: boolean;
  readonly canDelete: boolean;
  /** What it is in. */
  readonly parent: { readonly id: string; readonly name: string } | null;
}

/** A list with what is known about the thing it belongs to. */
export interface OpenList<Item> {
  readonly list: PagedList<Item>;
  header: Header | null;
  /** Where it was scrolled to. */
  scrollTop: number;
  readonly opened: number;
}

export type ImageList = OpenList<ImageCard>;
export type ContainerList = OpenList<ContainerCard>;

const KEPT = 8;
const FRESH_MS = 5 * 60_000;
const open = new Map<string, OpenList<unknown>>();
/** Of forgotten lists: how long they were, and where one looked. */
const left = new Map<string, { total: number | null; scrollTop: number }>();

/** The list of a scope: images as far as a query finds them, or datasets, or plates. */
export function listOf(scope: Scope, query: string, sort: Sort): ImageList | ContainerList {
  const key = `${keyOf(scope)} ${sort} ${query}`;
  if (listedIn(scope) === "Image") {
    return kept<ImageCard>(key, (opened) => ({
      canReverse: reversed(shownSort(sort, "Image")) !== null,
      fetchPage: imagePages(scope, safeFilter(query), sort, opened),
    }));
  }
  return kept<ContainerCard>(key, (opened) => ({
    canReverse: reversed(shownSort(sort, listedIn(scope))) !== null,
    fetchPage: containerPages(scope, sort, opened),
  }));
}

/** Forget all lists: the next look asks the server, and goes to where it was scrolled to. */
export function forgetLists(): void {
  left.clear();
  for (const [key, { list, scrollTop }] of open) {
    list.dispose();
    left.set(key, { total: list.total, scrollTop });
  }
  open.clear();
}

/** The filter of a query; nothing of one that cannot be understood. */
export function safeFilter(query: string): ImageFilter | null {
  try {
    return parseQuery(query);
  } catch {
    return null;
  }
}

/** The images of a scope that a query finds, as one filter: for changes of all of them. */
export function wholeFilter(scope: Scope, query: string): ImageFilter {
  const parts = [scopeFilter(scope), safeFilter(query)].filter((part) => part !== null);
  return parts.length === 1 ? (parts[0] as ImageFilter) : { and: parts };
}

function scopeFilter(scope: Scope): ImageFilter | null {
  const id = idOf(scope);
  if (scope.kind === "everything") return null;
  if (id === null) {
    const there = { id: { isNull: false } };
    return { and: [{ not: { datasets: there } }, { not: { wellSamples: there } }] };
  }
  if (scope.kind === "tag") return { tag: { ids: [id] } };
  if (scope.kind === "plate") return { wellSamples: { well: { plate: { id: { in: [id] } } } } };
  return { datasets: { id: { in: [id] } } };
}

type Pages<Item> = { fetchPage: FetchPage<Item>; canReverse: boolean };

function kept<Item>(
  key: string,
  pages: (opened: () => OpenList<Item>) => Pages<Item>,
): OpenList<Item> {
  const found = open.get(key) as OpenList<Item> | undefined;
  if (found !== undefined && found.list.error === null && Date.now() - found.opened < FRESH_MS) {
    open.delete(key);
    open.set(key, found);
    return found;
  }
  found?.list.dispose();
  const { fetchPage, canReverse } = pages(() => made);
  const made: OpenList<Item> = {
    list: new PagedList(fetchPage, { canReverse }),
    header: null,
    scrollTop: left.get(key)?.scrollTop ?? 0,
    opened: Date.now(),
  };
  // Until the server says otherwise it is as long as it was, so that nothing jumps.
  if (made.scrollTop > 0) made.list.total = left.get(key)?.total ?? null;
  open.set(key, made);
  const [oldest] = open.keys();
  if (open.size > KEPT && oldest !== undefined) {
    open.get(oldest)?.list.dispose();
    open.delete(oldest);
  }
  return made;
}

/** Asks for pages of the images of a scope that a filter finds, and keeps nothing of them. */
export function pagesOf(
  scope: Scope,
  filter: ImageFilter | null,
  sort: Sort,
): FetchPage<ImageCard> {
  const opened = { header: null };
  return imagePages(scope, filter, sort, () => opened);
}

/** What pages say of the thing they belong to. */
type Headed = Pick<ImageList, "header">;

function imagePages(
  scope: Scope,
  filter: ImageFilter | null,
  sort: Sort,
  opened: () => Headed,
): FetchPage<ImageCard> {
  const back = reversed(shownSort(sort, "Image"));
  return async (side, first, after, signal) => {
    const page = { ...imageOrder(side === "end" && back !== null ? back : sort), first, after };
    if (scope.kind === "dataset") return datasetPage(scope.id, filter, page, opened(), signal);
    if (scope.kind === "tag" || scope.kind === "plate") {
      return aboutPage(scope, filter, page, opened(), signal);
    }
    const orphaned = scope.kind === "orphaned";
    const { images } = await gql(browseImages, { orphaned, filter, ...page }, { signal });
    return { items: images.nodes, total: images.totalCount, endCursor: images.pageInfo.endCursor };
  };
}

interface Asked extends ReturnType<typeof imageOrder> {
  first: number;
  after: string | null;
}

async function datasetPage(
  number: string,
  filter: ImageFilter | null,
  page: Asked,
  opened: Headed,
  signal: AbortSignal,
) {
  const variables = { id: `Dataset:${number}`, filter, filtered: filter !== null, ...page };
  const { dataset } = await gql(browseDataset, variables, { signal });
  if (dataset === null) throw new ApiError("not_found", t("error.noDataset", { number }));
  const { imageCount, images, projects, ...about } = dataset;
  opened.header = { ...about, parent: projects.nodes[0] ?? null };
  return {
    items: images.nodes,
    total: images.totalCount ?? imageCount,
    endCursor: images.pageInfo.endCursor,
  };
}

async function aboutPage(
  scope: About,
  filter: ImageFilter | null,
  page: Asked,
  opened: Headed,
  signal: AbortSignal,
) {
  const own = scopeFilter(scope) as ImageFilter;
  const variables = {
    id: idOf(scope) ?? "",
    filter: filter === null ? own : { and: [own, filter] },
    ...page,
  };
  const { node, images } = await gql(browseAbout, variables, { signal });
  if (node === null) {
    const missing = scope.kind === "tag" ? "error.noTag" : "error.noPlate";
    throw new ApiError("not_found", t(missing, { number: scope.id }));
  }
  const named = node as Partial<Header> & {
    id: string;
    textValue?: string | null;
    screens?: { nodes: readonly { id: string; name: string }[] };
  };
  opened.header = {
    id: named.id,
    name: named.textValue ?? named.name ?? "",
    description: named.description ?? null,
    version: named.version ?? 0,
    canEdit: named.canEdit ?? false,
    canDelete: named.canDelete ?? false,
    parent: named.screens?.nodes[0] ?? null,
  };
  return { items: images.nodes, total: images.totalCount, endCursor: images.pageInfo.endCursor };
}

function containerPages(
  scope: Scope,
  sort: Sort,
  opened: () => ContainerList,
): FetchPage<ContainerCard> {
  const isScreen = scope.kind === "screen";
  const back = reversed(shownSort(sort, isScreen ? "Plate" : "Dataset"));
  return async (side, first, after, signal) => {
    const asked = side === "end" && back !== null ? back : sort;
    // Each brings images of its own: fewer at once.
    const page = { id: idOf(scope) ?? "", first: Math.min(first, 100), after };
    const number = "id" in scope ? scope.id : "";
    return isScreen
      ? screenPage(number, { ...page, order: containerOrder(asked, "Plate") }, opened(), signal)
      : projectPage(number, { ...page, order: containerOrder(asked, "Dataset") }, opened(), signal);
  };
}

type ContainerPage<Order> = { id: string; order: Order; first: number; after: string | null };

async function projectPage(
  number: string,
  page: ContainerPage<DatasetOrder>,
  opened: ContainerList,
  signal: AbortSignal,
) {
  const { project } = await gql(browseProject, page, { signal });
  if (project === null) throw new ApiError("not_found", t("error.noProject", { number }));
  const { datasetCount, datasets, ...about } = project;
  opened.header = { ...about, parent: null };
  return {
    items: datasets.nodes.map(({ id, name, imageCount, images }) => ({
      id,
      name,
      count: imageCount,
      pictures: images.nodes.map((image) => image.thumbnailUrl),
    })),
    total: datasetCount,
    endCursor: datasets.pageInfo.endCursor,
  };
}

async function screenPage(
  number: string,
  page: ContainerPage<PlateOrder>,
  opened: ContainerList,
  signal: AbortSignal,
) {
  const { screen } = await gql(browseScreen, page, { signal });
  if (screen === null) throw new ApiError("not_found", t("error.noScreen", { number }));
  const { plateCount, plates, ...about } = screen;
  opened.header = { ...about, parent: null };
  return {
    items: plates.nodes.map(({ id, name, wellCount, wells }) => ({
      id,
      name,
      count: wellCount,
      pictures: wells.nodes
        .flatMap((well) => well.wellSamples.nodes.map((field) => field.image?.thumbnailUrl))
        .filter((url) => url !== undefined),
    })),
    total: plateCount,
    endCursor: plates.pageInfo.endCursor,
  };
}
