// @vitest-environment node
import { expect, test } from "vitest";
import { seeded } from "../testing";
import { niceBelow, scaleBarFor } from "./scaleBar";

test.each([
  [1, 1],
  [1.99, 1],
  [2, 2],
  [4.9, 2],
  [5, 5],
  [9.99, 5],
  [10, 10],
  [0.3, 0.2],
  [0.05, 0.05],
  [1234, 1000],
])("below %f the nice number is %f", (limit, expected) => {
  expect(niceBelow(limit)).toBeCloseTo(expected, 12);
});

test("a bar is as long as it says and at least 40 % of the room", () => {
  const random = seeded(3);
  for (let round = 0; round < 300; round += 1) {
    const zoom = 2 ** (random() * 14 - 8);
    const { width } = scaleBarFor(zoom, { value: 0.1 + random(), unit: "µm" }, 160);

    expect(width).toBeGreaterThan(160 * 0.399);
    expect(width).toBeLessThanOrEqual(160.001);
  }
});

test.each([
  [1, 0.325, "µm", "50 µm"],
  [0.001, 0.325, "µm", "50 mm"],
  [0.05, 0.325, "µm", "1 mm"],
  [60, 0.325, "µm", "500 nm"],
  [1, 325, "nm", "50 µm"],
])("at zoom %f with pixels of %f %s the bar says %s", (zoom, value, unit, label) => {
  expect(scaleBarFor(zoom, { value, unit }, 160).label).toBe(label);
});

test.each([null, { value: 0, unit: "µm" }, { value: 1, unit: "pixel" }])(
  "without a length of a pixel (%o) the bar counts pixels",
  (pixelSize) => {
    expect(scaleBarFor(0.5, pixelSize, 160)).toEqual({ width: 100, label: "200 px" });
  },
);

test("a bar of pixels is never shorter than one", () => {
  expect(scaleBarFor(500, null, 160).label).toBe("1 px");
});
