// @vitest-environment node
import { expect, test } from "vitest";
import { sliderRange } from "./sliderRange";

const facts = {
  label: "DAPI",
  emission: null,
  excitation: null,
  min: 100,
  max: 4000,
  typeMin: 0,
  typeMax: 65535,
};

test("a slider runs over the values of the image", () => {
  expect(sliderRange(facts, { start: 110, end: 2200 }, { start: 110, end: 2200 }, true)).toEqual({
    min: 100,
    max: 4000,
    step: 1,
  });
});

test("a typed value beyond the data widens it", () => {
  expect(sliderRange(facts, undefined, { start: -5, end: 9000 }, true)).toMatchObject({
    min: -5,
    max: 9000,
  });
});

test("eight bits are shown whole", () => {
  const range = sliderRange(
    { ...facts, typeMax: 255, max: 80 },
    undefined,
    { start: 100, end: 110 },
    true,
  );

  expect(range).toMatchObject({ min: 0, max: 255 });
});

test("numbers with fractions get steps fine enough to see no jump", () => {
  const range = sliderRange({ ...facts, min: 0, max: 2 }, undefined, { start: 0, end: 1 }, false);

  expect(range).toEqual({ min: 0, max: 2, step: 0.002 });
});

test("an image of one value still has a slider", () => {
  const flat = { ...facts, min: 7, max: 7 };

  expect(sliderRange(flat, undefined, { start: 7, end: 7 }, true)).toMatchObject({
    min: 7,
    max: 8,
  });
});
