// @vitest-environment node
import { expect, test } from "vitest";
import { chosenRenderer } from "./choice";

const CARD = "ANGLE (Intel, Mesa Intel(R) Iris(R) Xe, OpenGL 4.6)";
const SOFTWARE = "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)), SwiftShader driver)";

test.each([
  [null, CARD, true, "gpu"],
  [null, SOFTWARE, true, "cpu"],
  [null, "llvmpipe (LLVM 15.0.6, 256 bits)", true, "cpu"],
  [null, "Microsoft Basic Render Driver", true, "cpu"],
  [null, null, true, "cpu"],
  [null, CARD, false, "server"],
  ["gpu", SOFTWARE, true, "gpu"],
  ["gpu", null, true, "cpu"],
  ["cpu", CARD, true, "cpu"],
  ["cpu", CARD, false, "server"],
  ["server", CARD, true, "server"],
  ["nonsense", CARD, true, "gpu"],
])("%s on %s with workers %s is %s", (wanted, gpu, workers, renderer) => {
  expect(chosenRenderer(wanted, () => ({ gpu, workers }))).toBe(renderer);
});

function refuse(): never {
  throw new Error("asked");
}

test("a browser that is not to colour anything is not asked what it can do", () => {
  expect(chosenRenderer("server", refuse)).toBe("server");
});
