// @vitest-environment node
import { expect, test } from "vitest";
import { pyramid } from "../testing";
import { chooseLevel, makeLevels } from "./levels";

test("an odd size that was halved by rounding up is a whole number of pixels per pixel", () => {
  const levels = makeLevels([
    { index: 0, width: 1001, height: 999 },
    { index: 1, width: 501, height: 500 },
    { index: 2, width: 251, height: 250 },
  ]);

  expect(levels.map(({ scale }) => scale)).toEqual([
    { width: 1, height: 1 },
    { width: 2, height: 2 },
    { width: 4, height: 4 },
  ]);
});

test("levels of a file with other steps keep their true ratio", () => {
  const levels = makeLevels([
    { index: 0, width: 1000, height: 1000 },
    { index: 1, width: 700, height: 700 },
  ]);

  expect(levels[1]?.scale.width).toBeCloseTo(1.4286, 4);
});

test("an image without levels is refused", () => {
  expect(() => makeLevels([])).toThrow(RangeError);
});

test.each([
  [2, 0],
  [1, 0],
  [0.6, 0],
  [0.57, 1],
  [0.5, 1],
  [0.25, 2],
  [0.02, 3],
])("%f device pixels per image pixel are served by level %i", (density, expected) => {
  expect(chooseLevel(pyramid(4096, 4096), density)).toBe(expected);
});

test("a screen with twice the pixels takes the next finer level", () => {
  const levels = pyramid(4096, 4096);

  expect(chooseLevel(levels, 0.25 * 2)).toBe(chooseLevel(levels, 0.25) - 1);
});
