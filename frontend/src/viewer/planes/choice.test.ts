// @vitest-environment node
import { expect, test } from "vitest";
import { chosenRenderer, fitsHere } from "./choice";

const CARD = "ANGLE (Intel, Mesa Intel(R) Iris(R) Xe, OpenGL 4.6)";
const SOFTWARE = "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)), SwiftShader driver)";

test.each([
  [null, CARD, true, false, "gpu"],
  [null, SOFTWARE, true, false, "cpu"],
  [null, "llvmpipe (LLVM 15.0.6, 256 bits)", true, false, "cpu"],
  [null, "Microsoft Basic Render Driver", true, false, "cpu"],
  [null, null, true, false, "cpu"],
  [null, CARD, false, false, "server"],
  [null, CARD, true, true, "server"],
  [null, null, true, true, "server"],
  ["gpu", SOFTWARE, true, true, "gpu"],
  ["gpu", null, true, false, "cpu"],
  ["cpu", CARD, true, true, "cpu"],
  ["cpu", CARD, false, false, "server"],
  ["server", CARD, true, false, "server"],
  ["nonsense", CARD, true, false, "gpu"],
])("%s on %s with workers %s on a slow link %s is %s", (wanted, gpu, workers, isSlow, renderer) => {
  expect(chosenRenderer(wanted, () => ({ gpu, workers, isSlow }))).toBe(renderer);
});

function refuse(): never {
  throw new Error("asked");
}

test("a browser that is not to colour anything is not asked what it can do", () => {
  expect(chosenRenderer("server", refuse)).toBe("server");
});

test("a screen of samples fits into memory", () => {
  expect(fitsHere("uint16", 16)).toBe(true);
  expect(fitsHere("uint16", 17)).toBe(false);
  expect(fitsHere("uint8", 32)).toBe(true);
  expect(fitsHere("double", 4)).toBe(true);
  expect(fitsHere("double-complex", 5)).toBe(false);
});
