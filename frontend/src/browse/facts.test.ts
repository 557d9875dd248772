import { expect, test } from "vitest";
import { bytes, longSize, shortSize, spoken } from "./facts";

const stack = { sizeX: 512, sizeY: 512, sizeZ: 31, sizeC: 3, sizeT: 1 };
const plane = { sizeX: 640, sizeY: 480, sizeZ: 1, sizeC: 1, sizeT: 1 };

test("sizes leave out axes of one", () => {
  expect(shortSize(stack)).toBe("512² · 3c · 31z");
  expect(shortSize(plane)).toBe("640 × 480");
  expect(longSize(stack)).toBe("512 × 512 · 3 c · 31 z");
});

test("an image is said in words", () => {
  expect(spoken("HeLa", stack)).toBe("HeLa, 512 by 512, 3 channels, 31 planes");
  expect(spoken("HeLa", null)).toBe("HeLa");
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1234, "1.2 KB"],
  [61_000_000, "61 MB"],
  [4_200_000_000, "4.2 GB"],
])("%i bytes are %s", (count, text) => {
  expect(bytes(count)).toBe(text);
});
