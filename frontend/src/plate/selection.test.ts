import { expect, test } from "vitest";
import { lineOf, movedOn, NO_WELLS, onlyWell, stretched, toggledWell } from "./selection";

const SHAPE = { rows: 8, columns: 12 };

test("a stretch is a rectangle in any direction and keeps its corner", () => {
  const from = onlyWell(14);
  const up = stretched(from, 1, SHAPE);

  expect([...up.selected]).toEqual([1, 2, 13, 14]);
  expect(up.anchor).toBe(14);
  expect([...stretched(up, 27, SHAPE).selected]).toEqual([14, 15, 26, 27]);
});

test("a row and a column are whole, and can be added", () => {
  const row = lineOf(NO_WELLS, "row", 1, SHAPE);
  const both = lineOf(row, "column", 0, SHAPE, true);

  expect(row.selected.size).toBe(12);
  expect(both.selected.size).toBe(12 + 8 - 1);
});

test("a toggled well comes and goes", () => {
  const one = toggledWell(NO_WELLS, 5);

  expect([...one.selected]).toEqual([5]);
  expect(toggledWell(one, 5).selected.size).toBe(0);
});

test("arrows stop at the edges, and with Mod go to them", () => {
  expect(movedOn("ArrowLeft", 12, SHAPE, false)).toBe(12);
  expect(movedOn("ArrowDown", 0, SHAPE, false)).toBe(12);
  expect(movedOn("ArrowRight", 12, SHAPE, true)).toBe(23);
  expect(movedOn("End", 0, SHAPE, true)).toBe(95);
  expect(movedOn("ArrowDown", -1, SHAPE, false)).toBe(0);
  expect(movedOn("x", 0, SHAPE, false)).toBeNull();
});
