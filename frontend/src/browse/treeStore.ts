/** The hierarchy as a person has opened it. */

import { gql } from "../api/gql";
import { datasetsOfProject, hierarchy } from "./documents";
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
}

type Listener = () => void;

export class TreeStore {
  counts: TreeCounts | null = null;
  /** Datasets that are in no project. */
  loose: readonly Container[] = [];
  readonly projects: PagedList<Container>;
  readonly expanded = new Set<string>();
  readonly #branches = new Map<string, PagedList<Container>>();
  readonly #listeners = new Set<Listener>();
  #version = 0;

  constructor() {
    this.projects = new PagedList(
      async (_side, first, after, signal) => {
        const answer = await gql(hierarchy, { first, after }, { signal });
        this.counts = { all: answer.all.totalCount, orphans: answer.orphans.totalCount };
        this.loose = answer.loose.nodes.map((each) => ({ ...each, count: each.imageCount }));
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

  /** The datasets of a project; asked for when first needed. */
  branch(project: Container): PagedList<Container> {
    const found = this.#branches.get(project.id);
    if (found !== undefined) return found;
    const made = new PagedList<Container>(
      async (_side, first, after, signal) => {
        const answer = await gql(datasetsOfProject, { id: project.id, first, after }, { signal });
        const datasets = answer.project?.datasets;
        return {
          items: (datasets?.nodes ?? []).map((each) => ({ ...each, count: each.imageCount })),
          total: project.count,
          endCursor: datasets?.pageInfo.endCursor ?? null,
        };
      },
      { canReverse: false },
    );
    this.#branches.set(project.id, made);
    made.subscribe(this.#changed);
    return made;
  }

  setExpanded(projectNumber: string, open: boolean): void {
    if (this.expanded.has(projectNumber) === open) return;
    if (open) this.expanded.add(projectNumber);
    else this.expanded.delete(projectNumber);
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

export type TreeRow =
  | { kind: "everything"; level: 1; count: number | null }
  | { kind: "orphaned"; level: 1; count: number | null }
  | { kind: "heading"; level: 1; text: "projects" | "datasets" }
  | {
      kind: "project";
      level: 1;
      number: string;
      container: Container;
      isOpen: boolean;
      place: number;
    }
  | {
      kind: "dataset";
      level: 1 | 2;
      number: string;
      container: Container;
      parent: string | null;
      place: number;
    }
  | { kind: "waiting"; level: 1 | 2; parent: Container | null; place: number };

/** The tree's rows from top to bottom, as far as they are open. */
export function treeRows(tree: TreeStore): TreeRow[] {
  const rows: TreeRow[] = [{ kind: "everything", level: 1, count: tree.counts?.all ?? null }];
  if ((tree.counts?.orphans ?? 0) > 0) {
    rows.push({ kind: "orphaned", level: 1, count: tree.counts?.orphans ?? null });
  }
  const total = tree.projects.total;
  if (total !== null && total > 0) rows.push({ kind: "heading", level: 1, text: "projects" });
  for (let place = 0; place < (total ?? 0); place += 1) {
    const container = tree.projects.at(place);
    if (container === undefined) {
      rows.push({ kind: "waiting", level: 1, parent: null, place });
      continue;
    }
    const number = numberOf(container.id);
    const isOpen = tree.expanded.has(number);
    rows.push({ kind: "project", level: 1, number, container, isOpen, place });
    if (isOpen) pushBranch(rows, tree, container, number);
  }
  if (tree.loose.length > 0) rows.push({ kind: "heading", level: 1, text: "datasets" });
  for (const [place, container] of tree.loose.entries()) {
    const number = numberOf(container.id);
    rows.push({ kind: "dataset", level: 1, number, container, parent: null, place });
  }
  return rows;
}

function pushBranch(rows: TreeRow[], tree: TreeStore, project: Container, parent: string): void {
  const branch = tree.branch(project);
  for (let place = 0; place < (branch.total ?? Math.min(project.count, 3)); place += 1) {
    const container = branch.at(place);
    if (container === undefined) rows.push({ kind: "waiting", level: 2, parent: project, place });
    else {
      const number = numberOf(container.id);
      rows.push({ kind: "dataset", level: 2, number, container, parent, place });
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
