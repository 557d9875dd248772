// @vitest-environment node
import { expect, test } from "vitest";
import { pyramid } from "../testing";
import { gridOf, tilePixels, tileRect, tilesIn } from "./tiles";

const levels = pyramid(2000, 1100);

function level(position: number) {
  const found = levels[position];
  if (!found) throw new Error(`no level ${position}`);
  return found;
}

test("the last tiles of a level are as small as what is left", () => {
  expect(gridOf(level(0), 512)).toEqual({ width: 4, height: 3 });
  expect(tilePixels(level(0), 512, { x: 3, y: 2 })).toEqual({ width: 464, height: 76 });
});

test("tiles of a coarser level cover as much of the image as they stand for", () => {
  expect(tileRect(level(1), 512, { x: 1, y: 1 })).toEqual({
    x: 1024,
    y: 1024,
    width: 976,
    height: 76,
  });
});

test("the tiles of an area come with those nearest to its centre first", () => {
  const found = tilesIn(levels, 0, 512, { x: 0, y: 0, width: 1536, height: 1024 });

  expect(found).toHaveLength(6);
  expect(found.slice(0, 2).map(({ x }) => x)).toEqual([1, 1]);
});

test("an area beside the image has no tiles", () => {
  expect(tilesIn(levels, 0, 512, { x: 5000, y: 0, width: 100, height: 100 })).toEqual([]);
  expect(tilesIn(levels, 0, 512, { x: -500, y: -500, width: 100, height: 100 })).toEqual([]);
});

test("every pixel of an area lies in one of its tiles", () => {
  const area = { x: 700, y: 300, width: 901, height: 555 };
  const covered = tilesIn(levels, 0, 512, area).reduce((sum, tile) => {
    const { x, y, width, height } = tileRect(level(0), 512, tile);
    const across = Math.min(x + width, 1601) - Math.max(x, 700);
    return sum + across * (Math.min(y + height, 855) - Math.max(y, 300));
  }, 0);

  expect(covered).toBe(901 * 555);
});
