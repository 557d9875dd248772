// @vitest-environment node
import { expect, test } from "vitest";
import { fakeTile } from "../testing";
import { TileCache } from "./tileCache";

const address = { level: 0, x: 0, y: 0 };

test("the least recently used tile is given back first", () => {
  const cache = new TileCache(250);
  const tiles = ["a", "b", "c"].map((key) => {
    const tile = fakeTile(address);
    cache.add(key, tile);
    return tile;
  });
  cache.get("a");

  cache.trim(new Set());

  expect(tiles.map(({ released }) => released)).toEqual([false, true, false]);
  expect(cache.bytes).toBe(200);
});

test("tiles on the screen are kept even beyond the budget", () => {
  const cache = new TileCache(50);
  cache.add("a", fakeTile(address));
  cache.add("b", fakeTile(address));

  cache.trim(new Set(["a", "b"]));

  expect(cache.size).toBe(2);
});

test("a tile that is loaded twice replaces the first and gives it back", () => {
  const cache = new TileCache(1000);
  const first = fakeTile(address);
  cache.add("a", first);

  cache.add("a", fakeTile(address, 70));

  expect(first.released).toBe(true);
  expect(cache.bytes).toBe(70);
});
