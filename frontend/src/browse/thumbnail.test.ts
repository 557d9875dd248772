import { expect, test } from "vitest";
import { thumbnailAt } from "./thumbnail";

test.each([
  [96, 1, 96],
  [149, 1, 144],
  [150, 2, 288],
  [320, 1, 288],
  [330, 1, 384],
  [500, 3, 512],
])("a side of %i at density %i asks for %i", (side, density, size) => {
  expect(thumbnailAt("/thumbnails/4.jpg?size=144&v=ab", side, density)).toBe(
    `/thumbnails/4.jpg?size=${String(size)}&v=ab`,
  );
});
