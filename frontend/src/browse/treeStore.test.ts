import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type TreeRow, TreeStore, treeRows } from "./treeStore";

const projects = [
  { id: "Project:1", name: "Atlas", datasetCount: 2 },
  { id: "Project:2", name: "Zebrafish", datasetCount: 0 },
];
const datasets = [
  { id: "Dataset:7", name: "live", imageCount: 12 },
  { id: "Dataset:8", name: "fixed", imageCount: 3 },
];
const page = { hasNextPage: false, endCursor: null };

function answer(query: string): unknown {
  if (query.includes("DatasetsOfProject")) {
    return { project: { datasets: { pageInfo: page, nodes: datasets } } };
  }
  return {
    projects: { totalCount: 2, pageInfo: page, nodes: projects },
    screens: { nodes: [] },
    alone: { nodes: [] },
    tags: { totalCount: 0 },
    loose: { nodes: [{ id: "Dataset:9", name: "scratch", imageCount: 1 }] },
    orphans: { totalCount: 4 },
    all: { totalCount: 20 },
  };
}

const told = (row: TreeRow): string => ("container" in row ? row.container.name : row.kind);

let asked = 0;
let tree: TreeStore;

beforeEach(async () => {
  asked = 0;
  vi.stubGlobal("fetch", async (_path: string, init: RequestInit) => {
    asked += 1;
    const { query } = JSON.parse(String(init.body)) as { query: string };
    return Response.json({ data: answer(query) });
  });
  tree = new TreeStore();
  await tree.projects.load(0, 1);
});
afterEach(() => vi.unstubAllGlobals());

test("one question fills the top of the tree", () => {
  const rows = treeRows(tree).map(told);

  expect(rows).toEqual([
    "everything",
    "orphaned",
    "trash",
    "heading",
    "Atlas",
    "Zebrafish",
    "heading",
    "scratch",
  ]);
  expect(asked).toBe(1);
});

test("an opened project holds places for its datasets until they are there", async () => {
  tree.setExpanded("Project:1", true);
  expect(treeRows(tree).filter(({ kind }) => kind === "waiting")).toHaveLength(2);

  const row = treeRows(tree).find((each) => each.kind === "project");
  if (row?.kind !== "project") throw new Error("no project");
  await tree.branch(row.container).load(0, 1);

  expect(treeRows(tree).map(told).slice(4, 7)).toEqual(["Atlas", "live", "fixed"]);
});

test("a closed project hides its datasets and keeps them", async () => {
  tree.setExpanded("Project:1", true);
  const row = treeRows(tree).find((each) => each.kind === "project");
  if (row?.kind !== "project") throw new Error("no project");
  await tree.branch(row.container).load(0, 1);
  tree.setExpanded("Project:1", false);
  tree.setExpanded("Project:1", true);

  expect(treeRows(tree).map(told)).toContain("live");
  expect(asked).toBe(2);
});
