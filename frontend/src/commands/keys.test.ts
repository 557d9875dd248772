import { expect, test } from "vitest";
import { isTyping, keyLabel, pressed } from "./keys";

const event = (key: string, init: KeyboardEventInit = {}) =>
  new KeyboardEvent("keydown", { key, ...init });

test.each([
  [event("k", { ctrlKey: true }), "Mod+K"],
  [event("K", { ctrlKey: true, shiftKey: true }), "Mod+Shift+K"],
  [event("?", { shiftKey: true }), "?"],
  [event("<", { shiftKey: true }), "<"],
  [event(" ", { shiftKey: true }), "Shift+Space"],
  [event("!", { shiftKey: true, code: "Digit1" }), "Shift+D1"],
  [event("1", { code: "Digit1" }), "1"],
  [event("≤", { altKey: true, code: "Comma" }), "Alt+,"],
  [event("ArrowUp", { shiftKey: true }), "Shift+ArrowUp"],
  [event("+", { shiftKey: true }), "+"],
])("%#: a pressed key has the name that commands use", (given, name) => {
  expect(pressed(given)).toBe(name);
});

test.each([
  ["Mod+K", "Ctrl K"],
  ["G H", "G then H"],
  ["Shift+D1", "Shift 1"],
  ["Mod++", "Ctrl +"],
  ["+", "+"],
  ["ArrowLeft", "Left"],
])("%s is shown as %s", (key, label) => {
  expect(keyLabel(key)).toBe(label);
});

const input = (type: string) => Object.assign(document.createElement("input"), { type });

test("single keys are text in text fields and commands on sliders and checkboxes", () => {
  expect(isTyping(input("text"))).toBe(true);
  expect(isTyping(document.createElement("textarea"))).toBe(true);
  expect(isTyping(input("range"))).toBe(false);
  expect(isTyping(input("checkbox"))).toBe(false);
  expect(isTyping(document.body)).toBe(false);
});
