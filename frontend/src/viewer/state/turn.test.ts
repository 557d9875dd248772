// @vitest-environment node
import { expect, test } from "vitest";
import { turnedBack } from "./turn";

test.each([
  [0, false, [1, 0], [1, 0]],
  [90, false, [0, 1], [1, 0]],
  [180, false, [1, 0], [-1, 0]],
  [270, false, [0, -1], [1, 0]],
  [0, true, [1, 0], [-1, 0]],
  [90, true, [0, 1], [-1, 0]],
  [90, true, [1, 0], [0, -1]],
] as const)("turned by %i, mirrored %s: %j on the screen", (rotation, flipped, [x, y], wanted) => {
  const back = turnedBack({ rotation, flipped }, x, y);

  expect([back.x + 0, back.y + 0]).toEqual(wanted);
});
