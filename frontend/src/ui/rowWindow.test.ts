import { describe, expect, test } from "vitest";
import { type Rows, rowWindow, SCROLL_MAX, scrollTopFor } from "./rowWindow";

const rows: Rows = { count: 1000, height: 100, padding: 16 };
const huge: Rows = { count: 1_000_000, height: 100, padding: 16 };

test("only rows in view are drawn, and one more on each side", () => {
  const { start, end, offset } = rowWindow(rows, 516, 300, 1);

  expect([start, end]).toEqual([4, 9]);
  expect(offset).toBe(416);
});

test("the scroll area is as high as all rows", () => {
  expect(rowWindow(rows, 0, 300, 1).scrollHeight).toBe(100_032);
});

test("no rows are drawn of an empty list", () => {
  const { start, end } = rowWindow({ ...rows, count: 0 }, 0, 300, 1);

  expect([start, end]).toEqual([0, 0]);
});

describe("a list higher than browsers scroll", () => {
  test("has a scroll area that they can", () => {
    expect(rowWindow(huge, 0, 800, 1).scrollHeight).toBe(SCROLL_MAX);
  });

  test("shows its last row at the bottom of the scroll area", () => {
    const { end, offset, start } = rowWindow(huge, SCROLL_MAX - 800, 800, 1);
    const bottom = offset + (end - start) * huge.height + huge.padding;

    expect(end).toBe(1_000_000);
    expect(bottom).toBeCloseTo(SCROLL_MAX, 3);
  });

  test("draws the rows of the middle where one looks", () => {
    const top = SCROLL_MAX / 2;
    const { start, offset } = rowWindow(huge, top, 800, 0);

    expect(start).toBeGreaterThan(499_000);
    expect(start).toBeLessThan(501_000);
    expect(Math.abs(offset - top)).toBeLessThanOrEqual(huge.height);
  });
});

describe.each([
  ["an ordinary list", rows],
  ["a huge list", huge],
])("in %s", (_, list) => {
  test.each([0, 1, 500, list.count - 1])("row %i is wholly in view after revealing it", (row) => {
    const top = scrollTopFor(list, row, 4000, 300);
    const { start, offset } = rowWindow(list, top, 300, 0);
    const at = offset + (row - start) * list.height - top;

    expect(at).toBeGreaterThanOrEqual(-0.01);
    expect(at + list.height).toBeLessThanOrEqual(300.01);
  });

  test("a row that is in view is left where it is", () => {
    const first = rowWindow(list, 4000, 300, 0).start;

    expect(scrollTopFor(list, first + 1, 4000, 300)).toBeCloseTo(4000, 6);
  });
});
