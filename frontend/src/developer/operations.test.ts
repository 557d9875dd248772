import { expect, test } from "vitest";
import { isSubscription } from "./operations";

const BOTH = "query A { viewer { id } } subscription B { job(id: 1) { status } }";

test.each([
  ["subscription { job(id: 1) { status } }", undefined, true],
  ["{ viewer { id } }", undefined, false],
  ["mutation { a }", null, false],
  [BOTH, "A", false],
  [BOTH, "B", true],
  ["subscription {", undefined, false],
] as const)("%s as %s: %s", (query, name, expected) => {
  expect(isSubscription(query, name)).toBe(expected);
});
