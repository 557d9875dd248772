/** Lists of images by scope and order, kept so that coming back shows what was there. */

import { ApiError } from "../api/errors";
import { gql } from "../api/gql";
import { t } from "../i18n";
import {
  browseDataset,
  browseImages,
  browseProject,
  type DatasetCard,
  type ImageCard,
} from "./documents";
import { globalId } from "./ids";
import { containerOrder, imageOrder, reversed } from "./orders";
import { type FetchPage, PagedList } from "./pagedList";
import { keyOf, type Scope } from "./scope";
import type { Sort } from "./urlState";

/** A project or dataset that is shown. */
export interface Header {
  readonly name: string;
  readonly description: string | null;
  /** Where it is. */
  readonly project: { readonly id: string; readonly name: string } | null;
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
export type DatasetList = OpenList<DatasetCard>;

const KEPT = 8;
const FRESH_MS = 5 * 60_000;
const open = new Map<string, OpenList<unknown>>();

/** The list of a scope's images in an order. */
export function imagesOf(scope: Exclude<Scope, { kind: "project" }>, sort: Sort): ImageList {
  return kept(`images ${keyOf(scope)} ${sort}`, (opened) =>
    scope.kind === "dataset"
      ? datasetPages(scope.id, sort, opened)
      : everyPages(scope.kind === "orphaned", sort),
  );
}

/** The list of a project's datasets in an order. */
export function datasetsOf(project: string, sort: Sort): DatasetList {
  return kept(`datasets ${project} ${sort}`, (opened) => projectPages(project, sort, opened));
}

/** Forget all lists: the next look asks the server. */
export function forgetLists(): void {
  for (const { list } of open.values()) list.dispose();
  open.clear();
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
    scrollTop: 0,
    opened: Date.now(),
  };
  open.set(key, made);
  const [oldest] = open.keys();
  if (open.size > KEPT && oldest !== undefined) {
    open.get(oldest)?.list.dispose();
    open.delete(oldest);
  }
  return made;
}

function everyPages(orphaned: boolean, sort: Sort): Pages<ImageCard> {
  const back = reversed(sort);
  return {
    canReverse: back !== null,
    fetchPage: async (side, first, after, signal) => {
      const order = imageOrder(side === "end" && back !== null ? back : sort);
      const { images } = await gql(browseImages, { orphaned, order, first, after }, { signal });
      return {
        items: images.nodes,
        total: images.totalCount,
        endCursor: images.pageInfo.endCursor,
      };
    },
  };
}

function datasetPages(number: string, sort: Sort, opened: () => ImageList): Pages<ImageCard> {
  const back = reversed(sort);
  const id = globalId("Dataset", number);
  return {
    canReverse: back !== null,
    fetchPage: async (side, first, after, signal) => {
      const order = imageOrder(side === "end" && back !== null ? back : sort);
      const { dataset } = await gql(browseDataset, { id, order, first, after }, { signal });
      if (dataset === null) throw new ApiError("not_found", t("error.noDataset", { number }));
      const { name, description, imageCount, images, projects } = dataset;
      opened().header = { name, description, project: projects.nodes[0] ?? null };
      return { items: images.nodes, total: imageCount, endCursor: images.pageInfo.endCursor };
    },
  };
}

function projectPages(number: string, sort: Sort, opened: () => DatasetList): Pages<DatasetCard> {
  const back = reversed(sort === "acquired" || sort === "-acquired" ? "name" : sort);
  const id = globalId("Project", number);
  return {
    canReverse: true,
    fetchPage: async (side, first, after, signal) => {
      const order = containerOrder(side === "end" && back !== null ? back : sort);
      // Each dataset brings images of its own: fewer at once.
      const count = Math.min(first, 100);
      const { project } = await gql(browseProject, { id, order, first: count, after }, { signal });
      if (project === null) throw new ApiError("not_found", t("error.noProject", { number }));
      const { name, description, datasetCount, datasets } = project;
      opened().header = { name, description, project: null };
      return { items: datasets.nodes, total: datasetCount, endCursor: datasets.pageInfo.endCursor };
    },
  };
}
