import { cleanup, fireEvent, renderHook } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { useCancel } from "./useCancel";

afterEach(cleanup);

function dragging() {
  const takeBack = vi.fn();
  const { result } = renderHook(() => useCancel(takeBack));
  return { takeBack, drag: result.current };
}

test("Escape while the hand moves takes the change back once, and further moves do not count", () => {
  const { takeBack, drag } = dragging();
  drag.goesOn();
  fireEvent.keyDown(window, { key: "Escape" });
  fireEvent.keyDown(window, { key: "Escape" });

  expect(takeBack).toHaveBeenCalledTimes(1);
  expect(drag.goesOn()).toBe(false);
  expect(drag.end()).toBe(false);
});

test("the next change is heard again", () => {
  const { drag } = dragging();
  drag.goesOn();
  fireEvent.keyDown(window, { key: "Escape" });
  drag.end();

  expect(drag.goesOn()).toBe(true);
  expect(drag.end()).toBe(true);
});

test("Escape without a hand on anything is somebody else's", () => {
  const { takeBack, drag } = dragging();
  drag.goesOn();
  drag.end();
  const isFree = fireEvent.keyDown(window, { key: "Escape", cancelable: true });

  expect(takeBack).not.toHaveBeenCalled();
  expect(isFree).toBe(true);
});
