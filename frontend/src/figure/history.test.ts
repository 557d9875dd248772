import { beforeEach, expect, test } from "vitest";
import { useFigure } from "./history";
import { emptyFigure } from "./model";

const named = (name: string) => emptyFigure(name);
const steps = () => useFigure.getState();

beforeEach(() => steps().open(named("one"), "1"));

test("changes are taken back and done again", () => {
  steps().change(named("two"));
  steps().undo();
  expect(steps().figure?.name).toBe("one");
  steps().redo();
  expect(steps().figure?.name).toBe("two");
});

test("one movement is one step", () => {
  steps().change(named("a"), true);
  steps().change(named("b"), true);
  steps().change(named("c"));
  steps().undo();

  expect(steps().figure?.name).toBe("one");
});
