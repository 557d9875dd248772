import { expect, test } from "vitest";
import { cutMiddle } from "./fitted";

const letters = (text: string): number => text.length;

test.each([
  ["short.tif", 20, "short.tif"],
  ["HeLa_H2B_t00012.ome.tiff", 15, "HeLa_H2B_t00012"],
  ["HeLa_H2B_t00012.ome.tiff", 11, "HeLa…t00012"],
])("%s in %i letters is %s", (name, width, shown) => {
  expect(cutMiddle(name, width, letters)).toBe(shown);
});
