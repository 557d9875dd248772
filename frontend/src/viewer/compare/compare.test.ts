// @vitest-environment node
import { expect, test } from "vitest";
import { imageFacts } from "../testing";
import { formatComparison, parseComparison } from "./address";
import { seenFrom } from "./linking";

test("an address of images reads back with its locks and views", () => {
  const query = "i=12,13&sync=vzc&v13=z%3D4%26c%3D1%3A5-9";
  const comparison = parseComparison(query);

  expect(comparison.images).toEqual(["12", "13"]);
  expect([...comparison.locks]).toEqual(["v", "z", "c"]);
  expect(comparison.views.get("13")).toBe("z=4&c=1:5-9");
  expect(formatComparison(comparison)).toBe(query);
});

test("what is no image in an address is left out, and each image is there once", () => {
  expect(parseComparison("i=5,x,5,-1,,7").images).toEqual(["5", "7"]);
  expect(parseComparison("").images).toEqual([]);
});

test("an image with larger pixels is looked at from as many micrometres off its middle", () => {
  const fine = imageFacts(1);
  const coarse = {
    ...imageFacts(1),
    width: 1024,
    height: 1024,
    pixelSize: {
      x: {
        value: 1,
        unit: "µm",
      },
      y: {
        value: 1,
        unit: "µm",
      },
      z: null,
    },
  };

  expect(seenFrom({ x: 1224, y: 1024, zoom: 2 }, fine, coarse)).toEqual({
    x: 612,
    y: 512,
    zoom: 4,
  });
});
