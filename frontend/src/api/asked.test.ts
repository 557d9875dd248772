import { beforeEach, expect, test } from "vitest";
import { askedHere, noteAsked } from "./asked";

let number = 0;

beforeEach(() => {
  number += 1;
  window.history.pushState(null, "", `/place/${String(number)}`);
});

test("the newest question of an address comes first, once, with what it was asked with", () => {
  noteAsked("query One($id: ID!) { node(id: $id) { id } }", { id: "Image:1" });
  noteAsked("query Two { viewer { id } }", {});
  noteAsked("query One($id: ID!) { node(id: $id) { id } }", { id: "Image:1" });

  expect(askedHere().map(({ name, variables }) => [name, variables])).toEqual([
    ["One", { id: "Image:1" }],
    ["Two", {}],
  ]);
});

test("each address has its own, and keeps them for those who come back", () => {
  const { pathname } = window.location;
  noteAsked("query One { viewer { id } }", {});
  window.history.pushState(null, "", "/elsewhere");

  expect(askedHere()).toEqual([]);

  window.history.pushState(null, "", pathname);
  expect(askedHere().map(({ name }) => name)).toEqual(["One"]);
});

test("changes, which may hold passwords, are not noted", () => {
  noteAsked("mutation SetPassword($password: String!) { a }", { password: "quiet words" });

  expect(askedHere()).toEqual([]);
});

test("only so many are kept", () => {
  for (let each = 0; each < 100; each += 1) noteAsked("query One { a }", { each });

  expect(askedHere()).toHaveLength(40);
  expect(askedHere()[0]?.variables).toEqual({ each: 99 });
});
