// @vitest-environment node
import { expect, test } from "vitest";
import { openedFrom, siblingsOf } from "./siblings";

test("an image knows its neighbours in the list it was opened from", () => {
  const origin = openedFrom({ siblings: ["3", "4", "5"], from: "/dataset/7" });

  expect(siblingsOf("4", origin.siblings ?? [])).toEqual({
    previous: "3",
    next: "5",
    at: 2,
    count: 3,
  });
  expect(siblingsOf("3", origin.siblings ?? []).previous).toBeNull();
});

test.each([null, 7, { siblings: "x" }, { from: "https://elsewhere.example" }])(
  "a history entry of somebody else (%o) is no list",
  (state) => {
    expect(openedFrom(state)).toEqual({});
    expect(siblingsOf("4", openedFrom(state).siblings ?? []).count).toBe(0);
  },
);
