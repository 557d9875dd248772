import { expect, test } from "vitest";
import { t, translator } from ".";

test("a message takes values, and the plural of a number", () => {
  expect(t("count.images", { count: 1 })).toBe("1 image");
  expect(t("count.images", { count: 12480 })).toMatch(/^12.480 images$/);
});

test("a value that is missing leaves no braces", () => {
  expect(translator({ hello: "Hello {name}" })("hello")).toBe("Hello ");
});
