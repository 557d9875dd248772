// @vitest-environment node
import { expect, test } from "vitest";
import { inMetres, inSeconds, lengthText, timeText } from "./units";

test("lengths of any unit that is a length become metres", () => {
  expect(inMetres({ value: 2, unit: "µm" })).toBeCloseTo(2e-6, 15);
  expect(inMetres({ value: 2, unit: "μm" })).toBeCloseTo(2e-6, 15);
  expect(inMetres({ value: 1, unit: "Å" })).toBeCloseTo(1e-10, 15);
  expect(inMetres({ value: 1, unit: "reference frame" })).toBeNull();
});

test("times become seconds", () => {
  expect(inSeconds({ value: 5, unit: "min" })).toBe(300);
  expect(inSeconds({ value: 5, unit: "frames" })).toBeNull();
});

test.each([
  [6e-6, "6 µm"],
  [1.5e-3, "1.5 mm"],
  [2.5e-8, "25 nm"],
  [1, "1 m"],
  [1e-3, "1 mm"],
])("%f m is written as %s", (metres, text) => {
  expect(lengthText(metres)).toBe(text);
});

test.each([
  [0, "0 s"],
  [0.05, "50 ms"],
  [12.5, "12.5 s"],
  [2400, "00:40:00"],
  [100_000, "27:46:40"],
  [-61, "-00:01:01"],
])("%f s is written as %s", (seconds, text) => {
  expect(timeText(seconds)).toBe(text);
});
