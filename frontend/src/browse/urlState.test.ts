import { describe, expect, test } from "vitest";
import { type BrowseState, formatBrowseState, INITIAL, parseBrowseState } from "./urlState";

test.each<BrowseState>([
  INITIAL,
  { ...INITIAL, sort: "-acquired", view: "table", size: 208, selected: ["12", "13"] },
  { ...INITIAL, sort: "-kv:dose & so on: µM", view: "table" },
  { ...INITIAL, sort: "id", size: 96, selected: ["7"], query: 'tag:"a&b" t>10 µ', facets: true },
])("%# comes back from its address as it was", (state) => {
  expect(parseBrowseState(formatBrowseState(state))).toEqual(state);
});

test("an address carries only what differs from the beginning", () => {
  expect(formatBrowseState(INITIAL)).toBe("");
  expect(formatBrowseState({ ...INITIAL, selected: ["12", "13"] })).toBe("sel=image:12,13");
});

describe("an address written by hand", () => {
  test.each([
    ["sort=colour&view=list&size=huge&sel=plate:3"],
    ["sort=kv:&view=grid"],
    ["sort=&view=&size=&sel=image:"],
    ["size=NaN&sel=image:a,b"],
  ])("%s is the beginning where it makes no sense", (search) => {
    expect(parseBrowseState(search)).toEqual({ ...INITIAL, size: expect.any(Number) });
  });

  test.each([
    ["size=9", 96],
    ["size=9999", 320],
    ["size=150", 144],
  ])("%s takes the nearest size there is", (search, size) => {
    expect(parseBrowseState(search).size).toBe(size);
  });

  test("names an image once, however often it is repeated", () => {
    expect(parseBrowseState("sel=image:3,3,4").selected).toEqual(["3", "4"]);
  });
});

test("a selection too long for an address is left out of it", () => {
  const selected = Array.from({ length: 101 }, (_, index) => String(index));

  expect(formatBrowseState({ ...INITIAL, selected })).toBe("");
});
