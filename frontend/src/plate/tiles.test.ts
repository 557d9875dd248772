import { expect, test } from "vitest";
import { levelFor, tileAddress } from "./tiles";
import { INITIAL } from "./urlState";

const picture = {
  tileUrl: "/plates/7/{level}/{x}/{y}.{format}",
  rows: 16,
  columns: 24,
  defaultField: 0,
  fieldCount: 4,
  levels: [512, 256, 128, 64, 32, 16].map((cellSize, level) => ({ level, cellSize })),
};

test("cells are as fine as the screen shows them, and no finer", () => {
  expect(levelFor(picture, 45).cellSize).toBe(64);
  expect(levelFor(picture, 64).cellSize).toBe(64);
  expect(levelFor(picture, 10).cellSize).toBe(16);
  expect(levelFor(picture, 2000).cellSize).toBe(512);
});

test("a tile's address says field, run and windows", () => {
  const view = { ...INITIAL, field: 2, run: "5", common: true };

  expect(tileAddress(picture, 3, { x: 1, y: 0 }, view)).toBe(
    "/plates/7/3/1/0.webp?size=2048&field=2&acquisition=5&windows=common",
  );
});
