// @vitest-environment node
import { expect, test } from "vitest";
import { VariantPacer } from "./pacer";

const styled = (style: string) => ({ z: 0, t: 0, style });

test("while a drag goes on, only the newest setting follows the one being loaded", () => {
  const pacer = new VariantPacer(styled("a"));
  pacer.settle();
  pacer.offer(styled("b"), true);
  pacer.offer(styled("c"), true);
  pacer.offer(styled("d"), true);
  const loading = pacer.current.style;

  pacer.settle();

  expect(loading).toBe("b");
  expect(pacer.current.style).toBe("d");
});

test("a change that is not a drag takes over at once", () => {
  const pacer = new VariantPacer(styled("a"));

  const began = pacer.offer(styled("b"), false);

  expect(began).toBe(true);
  expect(pacer.current.style).toBe("b");
});

test("letting go at the loading setting forgets the one that waited", () => {
  const pacer = new VariantPacer(styled("a"));
  pacer.offer(styled("b"), true);

  pacer.offer(styled("a"), false);
  pacer.settle();

  expect(pacer.current.style).toBe("a");
  expect(pacer.hasWaiting).toBe(false);
});

test("when the view moved, the next live setting waits for it again", () => {
  const pacer = new VariantPacer(styled("a"));
  pacer.settle();
  pacer.unsettle();

  const began = pacer.offer(styled("b"), true);

  expect(began).toBe(false);
  expect(pacer.settle()).toBe(true);
  expect(pacer.current.style).toBe("b");
});
