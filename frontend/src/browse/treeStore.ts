/** The hierarchy as a person has opened it. */

import { gql } from "../api/gql";
import { datasetsOfProject, everyTag, hierarchy, platesOfScreen } from "./documents";
import { numberOf } from "./ids";
import { PagedList } from "./pagedList";

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly count: number;
}

/** Counts that stand beside the tree's fixed entries. */
export interface TreeCounts {
  readonly all: number;
  readonly orphans: number;
  readonly tags: number;
}

type Listener = () => void;

/** The row that all tags are below. */
export const TAGS: Container = { id: "tags", name: "", count: 0 };

export class TreeStore {
  counts: TreeCounts | null = null;
  /** Datasets that are in no project. */
  loose: readonly Container[] = [];
  /** The first screens, and plates that are in none. */
  screens: readonly Container[] = [];
  alone: readonly Container[] = [];
  readonly projects: PagedList<Container>;
  /** Global ids of the rows that are open. */
  readonly expanded = new Set<string>();
  readonly #branches = new Map<string, PagedList<Container>>();
  readonly #listeners = new Set<Listener>();
  #version = 0;

  constructor() {
    this.projects = new PagedList(
      async (_side, first, after, signal) => {
        const answer = await gql(hierarchy, { first, after }, { signal });
        this.counts = {
          all: answer.all.totalCount,
          orphans: answer.orphans.totalCount,
          tags: answer.tags.totalCount,
        };
        this.loose = answer.loose.nodes.map((each) => ({ ...each, count: each.imageCount }));
        this.screens = answer.screens.nodes.map((each) => ({ ...each, count: each.plateCount }));
        this.alone = answer.alone.nodes.map((each) => ({ ...each, count: each.wellCount }));
        const { nodes, totalCount, pageInfo } = answer.projects;
        return {
          items: nodes.map((each) => ({ ...each, count: each.datasetCount })),
          total: totalCount,
          endCursor: pageInfo.endCursor,
        };
      },
      { canReverse: false },
    );
    this.projects.subscribe(this.#changed);
  }

  /** What is below a row: datasets of a project, plates of a screen, all tags. */
  branch(parent: Container): PagedList<Container> {
    const found = this.#branches.get(parent.id);
    if (found !== undefined) return found;
    const made = new PagedList<Container>(
      (_side, first, after, signal) => branchPage(parent, first, after, signal),
      { canReverse: false },
    );
    this.#branches.set(parent.id, made);
    made.subscribe(this.#changed);
    return made;
  }

  setExpanded(id: string, open: boolean): void {
    if (this.expanded.has(id) === open) return;
    if (open) this.expanded.add(id);
    else this.expanded.delete(id);
    this.#changed();
  }

  readonly subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): number => this.#version;

  readonly #changed = (): void => {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  };
}

async function branchPage(
  parent: Container,
  first: number,
  after: string | null,
  signal: AbortSignal,
) {
  const page = { id: parent.id, first, after };
  if (parent.id === TAGS.id) {
    const { tags } = await gql(everyTag, { first, after }, { signal });
    const items = tags.nodes.map(({ id, textValue, linkCount }) => ({
      id,
      name: textValue ?? "",
      count: linkCount,
    }));
    return { items, total: tags.totalCount, endCursor: tags.pageInfo.endCursor };
  }
  if (parent.id.startsWith("Screen:")) {
    const plates = (await gql(platesOfScreen, page, { signal })).screen?.plates;
    const items = (plates?.nodes ?? []).map((each) => ({ ...each, count: each.wellCount }));
    return { items, total: parent.count, endCursor: plates?.pageInfo.endCursor ?? null };
  }
  const datasets = (await gql(datasetsOfProject, page, { signal })).project?.datasets;
  const items = (datasets?.nodes ?? []).map((each) => ({ ...each, count: each.imageCount }));
  return { items, total: parent.count, endCursor: datasets?.pageInfo.endCursor ?? null };
}

/** Kinds of rows that stand for a thing. */
export type ThingKind = "project" | "dataset" | "screen" | "plate" | "tag";

export type TreeRow =
  | { kind: "everything" | "orphaned" | "trash"; level: 1; count: number | null }
  | { kind: "tags"; level: 1; count: number; container: Container; isOpen: boolean }
  | { kind: "heading"; level: 1; text: "projects" | "datasets" | "screens" | "plates" }
  | {
      kind: ThingKind;
      level: 1 | 2;
      number: string;
      container: Container;
      /** Whether there may be something below it. */
      isBranch: boolean;
      isOpen: boolean;
      /** Global id of the row it is below. */
      parent: string | null;
      place: number;
    }
  | { kind: "waiting"; level: 1 | 2; parent: Container | null; place: number };

/** The tree's rows from top to bottom, as far as they are open. */
export function treeRows(tree: TreeStore): TreeRow[] {
  const { counts } = tree;
  const rows: TreeRow[] = [{ kind: "everything", level: 1, count: counts?.all ?? null }];
  if ((counts?.orphans ?? 0) > 0) {
    rows.push({ kind: "orphaned", level: 1, count: counts?.orphans ?? null });
  }
  if ((counts?.tags ?? 0) > 0) {
    const container = { ...TAGS, count: counts?.tags ?? 0 };
    const isOpen = tree.expanded.has(TAGS.id);
    rows.push({ kind: "tags", level: 1, count: container.count, container, isOpen });
    if (isOpen) pushBranch(rows, tree, container, "tag");
  }
  rows.push({ kind: "trash", level: 1, count: null });
  const total = tree.projects.total;
  if (total !== null && total > 0) rows.push({ kind: "heading", level: 1, text: "projects" });
  for (let place = 0; place < (total ?? 0); place += 1) {
    const container = tree.projects.at(place);
    if (container === undefined) {
      rows.push({ kind: "waiting", level: 1, parent: null, place });
      continue;
    }
    rows.push(thing("project", container, place, tree));
    if (tree.expanded.has(container.id)) pushBranch(rows, tree, container, "dataset");
  }
  pushSection(rows, tree, "datasets", "dataset", tree.loose);
  pushSection(rows, tree, "screens", "screen", tree.screens);
  pushSection(rows, tree, "plates", "plate", tree.alone);
  return rows;
}

function pushSection(
  rows: TreeRow[],
  tree: TreeStore,
  text: "datasets" | "screens" | "plates",
  kind: ThingKind,
  things: readonly Container[],
): void {
  if (things.length > 0) rows.push({ kind: "heading", level: 1, text });
  for (const [place, container] of things.entries()) {
    rows.push(thing(kind, container, place, tree));
    if (kind === "screen" && tree.expanded.has(container.id)) {
      pushBranch(rows, tree, container, "plate");
    }
  }
}

function thing(kind: ThingKind, container: Container, place: number, tree: TreeStore): TreeRow {
  const isBranch = (kind === "project" || kind === "screen") && container.count > 0;
  return {
    kind,
    level: 1,
    number: numberOf(container.id),
    container,
    isBranch,
    isOpen: tree.expanded.has(container.id),
    parent: null,
    place,
  };
}

function pushBranch(rows: TreeRow[], tree: TreeStore, parent: Container, kind: ThingKind): void {
  const branch = tree.branch(parent);
  for (let place = 0; place < (branch.total ?? Math.min(parent.count, 3)); place += 1) {
    const container = branch.at(place);
    if (container === undefined) rows.push({ kind: "waiting", level: 2, parent, place });
    else {
      rows.push({
        kind,
        level: 2,
        number: numberOf(container.id),
        container,
        isBranch: false,
        isOpen: false,
        parent: parent.id,
        place,
      });
    }
  }
}

let current: TreeStore | null = null;

/** The tree of this page; it stays as it was opened while one goes from screen to screen. */
export function currentTree(): TreeStore {
  current ??= new TreeStore();
  return current;
}

/** Ask for the hierarchy anew, with the same projects open. */
export function renewTree(): void {
  const before = current;
  current = new TreeStore();
  for (const number of before?.expanded ?? []) current.expanded.add(number);
}
