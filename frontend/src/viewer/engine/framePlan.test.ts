// @vitest-environment node
import { expect, test } from "vitest";
import { fakeTile, pyramid } from "../testing";
import { planFrame } from "./framePlan";
import type { Tile } from "./source";
import { placeKey, type TileAddress } from "./tiles";

const levels = pyramid(4096, 4096);
const wanted = { level: 1, x: 1, y: 1 };

function finding(tiles: readonly TileAddress[]) {
  const known = new Map<string, Tile>(tiles.map((tile) => [placeKey(tile), fakeTile(tile)]));
  return (address: TileAddress) => known.get(placeKey(address));
}

function lookup(current: readonly TileAddress[], shown: readonly TileAddress[] = []) {
  return { current: finding(current), shown: finding(shown) };
}

function plan(current: readonly TileAddress[], shown: readonly TileAddress[] = []) {
  return planFrame([wanted], levels, 512, lookup(current, shown)).map(({ tile, exact }) => ({
    level: tile.address.level,
    exact,
  }));
}

test("a tile that is there is drawn alone", () => {
  expect(plan([wanted, { level: 2, x: 0, y: 0 }])).toEqual([{ level: 1, exact: true }]);
});

test("until a tile arrives, the fitting part of its parent stands for it", () => {
  const [piece] = planFrame([wanted], levels, 512, lookup([{ level: 2, x: 0, y: 0 }]));

  expect(piece?.from).toEqual({ x: 256, y: 256, width: 256, height: 256 });
  expect(piece?.to).toEqual({ x: 1024, y: 1024, width: 1024, height: 1024 });
});

test("after a change of contrast the old tile stays until the new one is there", () => {
  expect(plan([], [wanted])).toEqual([{ level: 1, exact: false }]);
});

test("a blurred tile in the new contrast goes before a sharp one in the old", () => {
  expect(plan([{ level: 2, x: 0, y: 0 }], [wanted])).toEqual([{ level: 2, exact: false }]);
});

test("a sharp tile in the old contrast goes before a very blurred one in the new", () => {
  const levelsOfMany = pyramid(16384, 16384);
  const top = { level: 5, x: 0, y: 0 };

  const pieces = planFrame([wanted], levelsOfMany, 512, lookup([top], [wanted]));

  expect(pieces.map(({ tile }) => tile.address.level)).toEqual([1]);
});

test("after zooming out the finer tiles are drawn over what stands behind", () => {
  const children = [
    { level: 0, x: 2, y: 2 },
    { level: 0, x: 3, y: 2 },
  ];

  expect(plan([{ level: 3, x: 0, y: 0 }, ...children]).map(({ level }) => level)).toEqual([
    3, 0, 0,
  ]);
});

test("exact tiles are drawn last, over the edges of those that stand in", () => {
  const neighbour = { level: 1, x: 0, y: 1 };
  const pieces = planFrame(
    [neighbour, wanted],
    levels,
    512,
    lookup([neighbour, { level: 2, x: 0, y: 0 }]),
  );

  expect(pieces.map(({ exact }) => exact)).toEqual([false, true]);
});

test("a place with nothing to show is left out", () => {
  expect(plan([])).toEqual([]);
});
