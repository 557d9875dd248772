// @vitest-environment node
import { expect, test } from "vitest";
import { pyramid } from "../testing";
import { wishesFor } from "./wishes";

const variant = { z: 5, t: 0, style: "" };
const request = {
  levels: pyramid(4096, 4096),
  tileSize: 512,
  area: { x: 1024, y: 1024, width: 1024, height: 1024 },
  density: 1,
  variant,
  live: false,
  covers: () => false,
  coarser: false,
  ahead: [],
  playing: false,
};

test("first comes what is seen, then what is next, then what lies around", () => {
  const { all, visible } = wishesFor({ ...request, ahead: [{ ...variant, z: 6 }] });

  const ranks = all.map(({ rank, variant: { z } }) => `${rank} z${z}`);
  expect(visible).toHaveLength(4);
  expect(ranks.slice(0, 4)).toEqual(Array.from({ length: 4 }, () => "now z5"));
  expect(ranks.slice(4, 8)).toEqual(Array.from({ length: 4 }, () => "later z6"));
  expect(new Set(ranks.slice(8))).toEqual(new Set(["later z5"]));
});

test("a view of many tiles asks for one coarse tile before them", () => {
  const { all } = wishesFor({ ...request, area: { x: 0, y: 0, width: 4096, height: 4096 } });

  expect(all[0]).toEqual({ address: { level: 3, x: 0, y: 0 }, variant, rank: "now" });
});

test("while a hand still changes the picture nothing is asked for beside it", () => {
  const { all } = wishesFor({ ...request, live: true });

  expect(all.map(({ rank }) => rank)).toEqual(["now", "now", "now", "now"]);
});

test("a picture that is there gets no blurred step between its old and its new form", () => {
  const area = { x: 0, y: 0, width: 4096, height: 4096 };

  const { all } = wishesFor({ ...request, area, covers: () => true });

  expect(all[0]?.address.level).toBe(0);
});

test("a drag on a slow server needs a quarter of the tiles", () => {
  const area = { x: 0, y: 0, width: 4096, height: 4096 };

  const { visible, needed } = wishesFor({ ...request, area, coarser: true });

  expect(visible).toHaveLength(64);
  expect(needed).toHaveLength(16);
});

test("a movie's next frames are as urgent as the present one", () => {
  const { all } = wishesFor({ ...request, ahead: [{ ...variant, t: 1 }], playing: true });

  expect(all.filter(({ rank }) => rank === "now")).toHaveLength(8);
});

test("no tile is wished for twice", () => {
  const { all } = wishesFor({ ...request, area: { x: 0, y: 0, width: 4096, height: 4096 } });

  const keys = all.map(({ address, variant: { z } }) => JSON.stringify([address, z]));
  expect(new Set(keys).size).toBe(keys.length);
});
