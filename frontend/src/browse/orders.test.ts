import { expect, test } from "vitest";
import { containerOrder, imageOrder, reversed, shownSort, sortedBy } from "./orders";

test.each([
  ["name", "NAME_ASC", null],
  ["-pixels", "SAMPLES_DESC", null],
  ["-size", "FILE_SIZE_DESC", null],
  ["rating", "RATING_ASC", null],
  ["-kv:dose (µM)", "KEY_VALUE_DESC", "dose (µM)"],
] as const)("images are sorted by %s", (sort, order, key) => {
  expect(imageOrder(sort)).toEqual({
    order,
    key,
    isRated: sort === "rating",
    isKeyed: key !== null,
  });
});

test("containers keep the orders that they have, and are sorted by name else", () => {
  expect(containerOrder("-count", "Dataset")).toBe("IMAGES_DESC");
  expect(containerOrder("-count", "Plate")).toBe("NAME_ASC");
  expect(containerOrder("-acquired", "Dataset")).toBe("NAME_ASC");
  expect(containerOrder("kv:dose", "Dataset")).toBe("NAME_ASC");
  expect(shownSort("kv:dose", "Image")).toBe("kv:dose");
});

test("a click turns an order round, and begins each with what is looked for", () => {
  expect(sortedBy("name", "-rating")).toBe("name");
  expect(sortedBy("name", "name")).toBe("-name");
  expect(sortedBy("rating", "name")).toBe("-rating");
  expect(sortedBy("rating", "-rating")).toBe("rating");
  expect(sortedBy("kv:dose", "kv:gene")).toBe("kv:dose");
});

test("lists whose last rows have no value cannot be read from the end", () => {
  expect(reversed("name")).toBe("-name");
  expect(reversed("-count")).toBe("count");
  expect(reversed("rating")).toBeNull();
  expect(reversed("-kv:dose")).toBeNull();
});
