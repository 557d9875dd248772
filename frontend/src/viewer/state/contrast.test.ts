// @vitest-environment node
import { expect, test } from "vitest";
import { autoWindow, type Histogram, merged, percentile, saturatedShare } from "./contrast";

const even: Histogram = { min: 0, max: 100, counts: Array.from({ length: 100 }, () => 10) };

test("a percentile lies inside its bin, in proportion", () => {
  expect(percentile(even, 0.255)).toBeCloseTo(25.5, 9);
  expect(percentile(even, 0)).toBe(0);
  expect(percentile(even, 1)).toBe(100);
});

test("an automatic window leaves out the outermost pixels only", () => {
  const window = autoWindow(
    { min: 0, max: 65536, counts: [5000, 4990, ...Array.from({ length: 254 }, () => 0), 2] },
    true,
  );

  expect(window.start).toBeLessThan(256);
  expect(window.end).toBeLessThanOrEqual(512);
});

test("whole-number images get whole-number windows", () => {
  const { start, end } = autoWindow({ ...even, min: 0.3, max: 77.7 }, true);

  expect(Number.isInteger(start) && Number.isInteger(end)).toBe(true);
});

test("an image of one value gets a window that is not empty", () => {
  const flat = { min: 7, max: 7, counts: [1000] };

  expect(autoWindow(flat, true)).toEqual({ start: 7, end: 8 });
});

test("an empty histogram gets its whole range", () => {
  expect(autoWindow({ min: 2, max: 9, counts: [0, 0] }, true)).toEqual({ start: 2, end: 9 });
});

test("pixels above the white point are counted, a bin's in proportion", () => {
  expect(saturatedShare(even, 90)).toBeCloseTo(0.1, 9);
  expect(saturatedShare(even, 99.5)).toBeCloseTo(0.005, 9);
  expect(saturatedShare(even, 500)).toBe(0);
  expect(saturatedShare(even, -5)).toBe(1);
});

test("red, green and blue together span all their values and lose no pixel", () => {
  const together = merged([
    { min: 0, max: 10, counts: [1, 2] },
    { min: 10, max: 20, counts: [3, 4] },
  ]);

  expect(together).toMatchObject({ min: 0, max: 20 });
  expect(together?.counts.reduce((sum, count) => sum + count, 0)).toBe(10);
  expect(merged([])).toBeNull();
});
