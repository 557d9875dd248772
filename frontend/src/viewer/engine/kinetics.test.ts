// @vitest-environment node
import { expect, test } from "vitest";
import { DragSpeed, glide } from "./kinetics";

test("a drag that ends in motion throws with the speed of its last moments", () => {
  const speed = new DragSpeed();
  speed.start({ x: 0, y: 0 }, 0);
  for (let time = 10; time <= 100; time += 10) speed.move({ x: time, y: 0 }, time);

  expect(speed.velocity(100)).toEqual({ x: 1, y: 0 });
});

test("a hand that rests before letting go does not throw", () => {
  const speed = new DragSpeed();
  speed.start({ x: 0, y: 0 }, 0);
  speed.move({ x: 300, y: 0 }, 50);

  expect(speed.velocity(400)).toEqual({ x: 0, y: 0 });
});

/** A glide to its end, drawn every `step` ms. */
function glideAt(step: number) {
  let velocity = { x: 2, y: 0 };
  let x = 0;
  for (let time = 0; time < 3000; time += step) {
    const next = glide(velocity, step);
    x += next.moved.x;
    ({ velocity } = next);
  }
  return { x, velocity };
}

test("a glide comes to rest, and its way does not depend on the frame rate", () => {
  expect(glideAt(16).velocity).toEqual({ x: 0, y: 0 });
  expect(glideAt(16).x).toBeCloseTo(glideAt(4).x, -1);
});
