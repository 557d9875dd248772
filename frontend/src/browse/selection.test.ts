import { describe, expect, test } from "vitest";
import { countOf, extended, has, movedBy, NOTHING, only, toggled, whole } from "./selection";

const idAt = (place: number): string | undefined => (place < 10 ? `i${String(place)}` : undefined);
const ids = ({ selected }: { selected: ReadonlySet<string> }): string[] => [...selected];

test("a click selects one, Ctrl adds and takes away", () => {
  const one = only("i3", 3);
  const two = toggled(one, "i5", 5);

  expect(ids(two)).toEqual(["i3", "i5"]);
  expect(ids(toggled(two, "i3", 3))).toEqual(["i5"]);
});

test("Shift selects from the anchor in either direction, and from there again", () => {
  const later = extended(only("i3", 3), 5, idAt);
  const earlier = extended(later, 1, idAt);

  expect(ids(later)).toEqual(["i3", "i4", "i5"]);
  expect(ids(earlier)).toEqual(["i1", "i2", "i3"]);
  expect(earlier).toMatchObject({ active: 1, anchor: 3 });
});

test("Shift without an anchor selects one", () => {
  expect(ids(extended(NOTHING, 4, idAt))).toEqual(["i4"]);
});

describe("keys in a grid of 4 columns and 10 items", () => {
  const grid = { columns: 4, count: 10, pageRows: 2 };

  test.each([
    ["ArrowRight", -1, 0],
    ["ArrowDown", -1, 0],
    ["ArrowRight", 3, 4],
    ["ArrowRight", 9, 9],
    ["ArrowLeft", 0, 0],
    ["ArrowDown", 1, 5],
    ["ArrowDown", 7, 9],
    ["ArrowDown", 9, 9],
    ["ArrowUp", 5, 1],
    ["ArrowUp", 2, 2],
    ["PageDown", 1, 9],
    ["PageUp", 9, 1],
    ["Home", 7, 0],
    ["End", 0, 9],
  ])("%s goes from %i to %i", (key, from, to) => {
    expect(movedBy(key, from, grid)).toBe(to);
  });

  test("other keys go nowhere, and nothing moves in an empty grid", () => {
    expect(movedBy("a", 3, grid)).toBeNull();
    expect(movedBy("ArrowDown", -1, { ...grid, count: 0 })).toBeNull();
  });
});

test("everything is selected without knowing what, but for what is taken out", () => {
  const all = whole(0);
  const less = toggled(all, "7", 6);

  expect(countOf(all, 12_480)).toBe(12_480);
  expect(has(all, "99")).toBe(true);
  expect(countOf(less, 12_480)).toBe(12_479);
  expect(has(less, "7")).toBe(false);
});
