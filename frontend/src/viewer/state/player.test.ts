// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Player } from "./player";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("a movie steps at its rate when the pictures come in time", async () => {
  const next = vi.fn();
  const player = new Player({ ready: () => true, next });
  player.fps.set(10);

  player.start();
  await vi.advanceTimersByTimeAsync(950);
  player.stop();
  await vi.advanceTimersByTimeAsync(1000);

  expect(next).toHaveBeenCalledTimes(10);
});

test("a late picture is waited for, never skipped", async () => {
  let ready = false;
  const next = vi.fn();
  const player = new Player({ ready: () => ready, next });
  player.start();
  await vi.advanceTimersByTimeAsync(5000);
  const before = next.mock.calls.length;

  ready = true;
  player.tick();

  expect(before).toBe(0);
  expect(next).toHaveBeenCalledTimes(1);
});
