import { expect, test } from "vitest";
import { score } from "./match";

test("a start counts more than a word's start, that more than a middle, that more than letters", () => {
  const points = ["mitosis", "HeLa mitosis", "amitosis", "my images"].map((text) =>
    score(text, "mi"),
  );

  expect(points).toEqual([4, 3, 2, 1]);
});

test("every typed word must be there", () => {
  expect(score("Mitosis atlas", "at mit")).toBe(7);
  expect(score("Mitosis atlas", "mit zebra")).toBeNull();
});
