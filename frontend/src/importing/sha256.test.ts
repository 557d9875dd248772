import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Sha256 } from "./sha256";

const sum = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test("sums of every length around a block are what others compute", () => {
  for (let length = 0; length <= 200; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 7 + length) % 256);

    expect(new Sha256().update(bytes).digest()).toBe(sum(bytes));
  }
});

test("the sum does not depend on the pieces", () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => (at * at) % 251);
  const whole = new Sha256();
  for (let at = 0, step = 1; at < bytes.length; at += step, step = (step * 3) % 1009) {
    whole.update(bytes.subarray(at, at + step));
  }

  expect(whole.digest()).toBe(sum(bytes));
});
