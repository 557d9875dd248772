import { describe, expect, test } from "vitest";
import { type Command, type Context, allCommands, conflicts } from "./registry";

// Every module that declares commands, so that a new one cannot be forgotten here.
const declaring = import.meta.glob(["../**/commands.ts"]);
for (const load of Object.values(declaring)) await load();

function declared(id: string, keys: string[], when: Context): Command {
  return { id, title: id, keys, when, local: false };
}

const named = (all: [Command, Command, string][]) =>
  all.map(([one, other]) => `${one.id} ${other.id}`);

describe("the application's commands", () => {
  test("are declared", () => {
    expect(allCommands().length).toBeGreaterThan(20);
  });

  test("share no key in any context", () => {
    const found = conflicts(allCommands()).map(
      ([one, other, key]) => `${key}: ${one.id} and ${other.id}`,
    );

    expect(found).toEqual([]);
  });

  test("have a name", () => {
    expect(allCommands().filter(({ title }) => title.trim() === "")).toEqual([]);
  });
});

describe("conflicts", () => {
  test("are found between a screen's command and one that holds everywhere", () => {
    const all = [declared("one", ["I"], "everywhere"), declared("two", ["I"], "viewer")];

    expect(named(conflicts(all))).toEqual(["one two"]);
  });

  test("are none between different screens", () => {
    const all = [declared("one", ["G"], "browser"), declared("two", ["G"], "viewer")];

    expect(conflicts(all)).toEqual([]);
  });

  test("are found between a key and a chord that starts with it", () => {
    const all = [declared("one", ["G"], "browser"), declared("two", ["G H"], "browser")];

    expect(named(conflicts(all))).toEqual(["one two"]);
  });
});
