// @vitest-environment node
import { expect, test } from "vitest";
import { baseView } from "../testing";
import { shownChannels, soloed, stepped, toggled } from "./view";

const view = baseView(4);
const active = (of: typeof view) => of.channels.map((channel) => channel.active);

test("a channel is turned off and on again", () => {
  const off = toggled(view, 1);

  expect(active(off)).toEqual([true, false, true, false]);
  expect(active(toggled(off, 1))).toEqual(active(view));
});

test("solo leaves one channel, and once more brings all of them", () => {
  const alone = soloed(view, 3);

  expect(active(alone)).toEqual([false, false, false, true]);
  expect(active(soloed(alone, 3))).toEqual([true, true, true, true]);
});

test("grey shows the first active channel, and a click chooses another", () => {
  const grey = { ...view, model: "g" as const };

  expect(shownChannels(grey)).toEqual([0]);
  expect(shownChannels(toggled(grey, 2))).toEqual([2]);
});

test("steps stop at the first and the last plane", () => {
  const bounds = { width: 1, height: 1, sizeZ: 5, sizeT: 1 };

  expect(stepped(view, bounds, "z", 10).z).toBe(4);
  expect(stepped(view, bounds, "z", -10).z).toBe(0);
  expect(stepped(view, bounds, "t", 1)).toBe(view);
});

test("a channel that is not there changes nothing", () => {
  expect(toggled(view, 9)).toBe(view);
  expect(soloed(view, 9)).toBe(view);
});
