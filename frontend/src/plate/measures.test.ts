import { expect, test } from "vitest";
import type { WellRow } from "./documents";
import { coloured, keysOf, numbersOf, viridis } from "./measures";

function well(column: number, pairs: Record<string, string>): WellRow {
  return {
    id: `Well:${String(column)}`,
    row: 0,
    column,
    type: null,
    status: null,
    fieldCount: 1,
    tags: [],
    keyValues: Object.entries(pairs).map(([key, value]) => ({
      key,
      value,
      number: value.endsWith("°C") ? Number.parseFloat(value) : null,
      unit: value.endsWith("°C") ? "°C" : null,
    })),
  };
}

test("keys are counted once a well and without regard to case", () => {
  const keys = keysOf([well(0, { Dose: "1", gene: "A" }), well(1, { dose: "2" })]);

  expect(keys).toEqual([
    { key: "Dose", count: 2 },
    { key: "gene", count: 1 },
  ]);
});

test("numbers get a scale from the smallest to the largest, with their unit", () => {
  const wells = [well(0, { dose: "0 nM" }), well(1, { dose: "20 nM" }), well(2, {})];
  const { scale, colors, missing } = coloured(wells, "kv:dose", 12, "Others");

  expect(scale).toEqual({ kind: "numbers", low: 0, high: 20, unit: "nM" });
  expect(colors.get(0)).toBe(viridis(0));
  expect(colors.get(1)).toBe(viridis(1));
  expect(colors.has(2)).toBe(false);
  expect(missing).toBe(1);
});

test("numbers of several units are no scale", () => {
  const wells = [well(0, { dose: "1 nM" }), well(1, { dose: "1 µM" })];

  expect(coloured(wells, "kv:dose", 12, "Others").scale.kind).toBe("categories");
  expect(numbersOf([well(0, { t: "37 °C" }), well(1, { t: "4 °C" })], "kv:t")).toEqual([37, 4]);
});

test("one value that is no number makes them categories", () => {
  const wells = [well(0, { dose: "1" }), well(1, { dose: "none" }), well(2, { dose: "none" })];
  const { scale } = coloured(wells, "kv:dose", 12, "Others");

  expect(
    scale.kind === "categories" && scale.categories.map(({ name, count }) => [name, count]),
  ).toEqual([
    ["1", 1],
    ["none", 2],
  ]);
});

test("rare categories are one", () => {
  const wells = Array.from({ length: 20 }, (_, at) => well(at, { gene: `G${String(at)}x` }));
  const named = wells.map((each) => ({
    ...each,
    keyValues: each.keyValues.map((pair) => ({ ...pair, number: null })),
  }));
  const { scale } = coloured(named, "kv:gene", 24, "Others");

  expect(scale.kind === "categories" && scale.categories.at(-1)).toMatchObject({
    name: "Others",
    count: 13,
  });
});
