import { expect, test } from "vitest";
import { columnLabel, parsePlace, parsePlaces, placesText, placeText, rowLabel } from "./places";

test("rows are letters and go on after Z", () => {
  expect([0, 25, 26, 31].map((row) => rowLabel(row))).toEqual(["A", "Z", "AA", "AF"]);
  expect(rowLabel(1, "NUMBER")).toBe("2");
  expect(columnLabel(1, "LETTER")).toBe("B");
});

test("a place reads back as it was written", () => {
  for (const place of [
    { row: 0, column: 0 },
    { row: 31, column: 47 },
  ])
    expect(parsePlace(placeText(place))).toEqual(place);
  expect(parsePlace("B07")).toEqual({ row: 1, column: 6 });
  expect(parsePlace("7B")).toBeNull();
});

test("neighbours in a row are one span, and spans end with the row", () => {
  expect(placesText([13, 14, 15, 27], 12)).toBe("B2-B4,C4");
  expect(placesText([11, 12], 12)).toBe("A12,B1");
});

test("spans read back, also of several rows, and stay on the plate", () => {
  expect([...parsePlaces("B2-B4,C4", 8, 12)]).toEqual([13, 14, 15, 27]);
  expect([...parsePlaces("A1-B2", 8, 12)]).toEqual([0, 1, 12, 13]);
  expect([...parsePlaces("H12-Z99,nonsense", 8, 12)]).toEqual([95]);
});
