// @vitest-environment node
import { expect, test } from "vitest";
import { WheelReader } from "./wheel";

const still = {
  deltaX: 0,
  deltaY: 0,
  deltaMode: 0,
  ctrlKey: false,
  shiftKey: false,
  altKey: false,
  timeStamp: 1000,
};

test("a notch of a mouse wheel zooms, away from the hand is in", () => {
  const act = new WheelReader().read({ ...still, deltaY: -100 });

  expect(act).toEqual({ kind: "zoom", factor: 2 ** (1 / 3) });
});

test("two fingers on a trackpad pan", () => {
  const act = new WheelReader().read({ ...still, deltaX: 3, deltaY: 5 });

  expect(act).toEqual({ kind: "pan", dx: -3, dy: -5 });
});

test("a trackpad stroke that gathers speed stays a pan", () => {
  const reader = new WheelReader();
  reader.read({ ...still, deltaY: 5 });

  const act = reader.read({ ...still, deltaY: 120, timeStamp: 1016 });

  expect(act?.kind).toBe("pan");
});

test("a pinch on a trackpad zooms", () => {
  const act = new WheelReader().read({ ...still, ctrlKey: true, deltaY: -7 });

  expect(act).toEqual({ kind: "zoom", factor: 2 ** 0.1 });
});

test("Shift steps through Z and Alt through T, a plane for each notch", () => {
  const reader = new WheelReader();

  expect(reader.read({ ...still, shiftKey: true, deltaX: 100 })).toEqual({ kind: "z", steps: 1 });
  expect(reader.read({ ...still, altKey: true, deltaY: -100, timeStamp: 9000 })).toEqual({
    kind: "t",
    steps: -1,
  });
});

test("small strokes add up to a plane", () => {
  const reader = new WheelReader();
  const acts = [1000, 1010, 1020].map((timeStamp) =>
    reader.read({ ...still, shiftKey: true, deltaY: 25, timeStamp }),
  );

  expect(acts).toEqual([null, null, { kind: "z", steps: 1 }]);
});

test("a wheel that counts in lines zooms like one that counts in pixels", () => {
  const act = new WheelReader().read({ ...still, deltaMode: 1, deltaY: 3 });

  expect(act).toEqual({ kind: "zoom", factor: 2 ** -0.4 });
});
