// @vitest-environment node
import { expect, test } from "vitest";
import { baseView } from "../testing";
import { RenderingHistory } from "./history";
import { soloed, toggled, withChannel } from "./view";

const view = baseView(3);

test("undo goes back change by change, redo forward again", () => {
  const history = new RenderingHistory(view);
  const wider = withChannel(view, 0, { end: 900 });
  const off = toggled(wider, 1);
  history.commit(wider);
  history.commit(off);

  expect(history.undo()?.channels).toEqual(wider.channels);
  expect(history.undo()?.channels).toEqual(view.channels);
  expect(history.undo()).toBeNull();
  expect(history.redo()?.channels).toEqual(wider.channels);
});

test("a new change after undo forgets what was undone", () => {
  const history = new RenderingHistory(view);
  history.commit(soloed(view, 1));
  history.undo();

  history.commit(soloed(view, 2));

  expect(history.redo()).toBeNull();
});

test("moving about is not something to undo", () => {
  const history = new RenderingHistory(view);

  history.commit({ ...view, z: 4 } as typeof view);

  expect(history.undo()).toBeNull();
});

test("acts on other things are undone in their turn", () => {
  const history = new RenderingHistory(view);
  const done: string[] = [];
  const wider = withChannel(view, 0, { end: 900 });
  const off = toggled(wider, 1);
  history.commit(wider);
  history.note({ undo: () => done.push("undo"), redo: () => done.push("redo") });
  history.commit(off);

  expect(history.undo()?.channels).toEqual(wider.channels);
  expect(history.undo()).toBeNull();
  expect(history.redo()).toBeNull();
  expect(done).toEqual(["undo", "redo"]);
  expect(history.redo()?.channels).toEqual(off.channels);
  expect(history.undo()?.channels).toEqual(wider.channels);
});
