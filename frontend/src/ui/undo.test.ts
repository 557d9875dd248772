import { beforeEach, expect, test } from "vitest";
import { useToasts } from "./toasts";
import { redo, remember, undo, useUndo } from "./undo";

const log: string[] = [];
const step = (name: string, fails = false) => ({
  title: name,
  undo: async () => {
    if (fails) throw new Error("no network");
    log.push(`undo ${name}`);
  },
  redo: async () => {
    log.push(`redo ${name}`);
  },
});

beforeEach(() => {
  log.length = 0;
  useUndo.setState({ done: [], undone: [], isBusy: false });
  useToasts.setState({ shown: [] });
});

test("changes are taken back in reverse, and made again in order", async () => {
  remember(step("one"));
  remember(step("two"));
  await undo();
  await undo();
  await redo();
  await redo();

  expect(log).toEqual(["undo two", "undo one", "redo one", "redo two"]);
});

test("a change after an undo forgets what was undone", async () => {
  remember(step("one"));
  await undo();
  remember(step("two"));
  await redo();

  expect(log).toEqual(["undo one"]);
});

test("an undo that fails keeps the change and says why", async () => {
  remember(step("one", true));
  await undo();

  expect(useUndo.getState().done).toHaveLength(1);
  expect(useToasts.getState().shown.at(-1)).toMatchObject({ text: "no network", isError: true });
});

test("each change is told with its way back", async () => {
  remember(step("one"));
  useToasts.getState().shown.at(-1)?.action?.run();
  await Promise.resolve();
  await Promise.resolve();

  expect(log).toEqual(["undo one"]);
});
