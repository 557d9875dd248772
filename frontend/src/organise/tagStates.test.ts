import { expect, test } from "vitest";
import { changesOf, nextState, stateOf, type TagState } from "./tagStates";

test("a tag is on all, some or none of the things", () => {
  expect([0, 1, 3, 4].map((count) => stateOf(count, 3))).toEqual(["none", "some", "all", "all"]);
});

test.each<[TagState, TagState[]]>([
  ["some", ["all", "none", "some"]],
  ["all", ["none", "all"]],
  ["none", ["all", "none"]],
])("clicks on a tag that was on %s come back to it", (was, states) => {
  const seen: TagState[] = [];
  let now = was;
  for (const _ of states) {
    now = nextState(now, was);
    seen.push(now);
  }
  expect(seen).toEqual(states);
});

function before(name: string): TagState {
  return name === "old" ? "all" : "some";
}

test("only what differs from before is changed", () => {
  const clicked = new Map<string, TagState>([
    ["old", "none"],
    ["mixed", "all"],
    ["same", "some"],
  ]);
  expect(changesOf(clicked, before)).toEqual({ on: ["mixed"], off: ["old"] });
});
