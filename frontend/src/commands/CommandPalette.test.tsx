import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CommandPalette } from "./CommandPalette";
import { command, runCommand } from "./registry";
import { useKeyboard } from "./useKeyboard";

const paint = vi.fn();

function Screen() {
  useKeyboard("browser");
  return <CommandPalette context="browser" />;
}

beforeEach(() => {
  command("shell.palette", "Find", ["Mod+K"], "everywhere");
  command("test.paint", "Paint the fence", ["P"], "browser", paint);
  command("test.other", "Never here", ["V"], "viewer", vi.fn());
  render(<Screen />);
});
afterEach(() => {
  cleanup();
  paint.mockClear();
});

const press = (key: string, init: KeyboardEventInit = {}): void => {
  fireEvent.keyDown(document.body, { key, ...init });
};

async function openPalette(typed: string): Promise<HTMLElement> {
  press("k", { ctrlKey: true });
  const field = await screen.findByRole("combobox");
  fireEvent.change(field, { target: { value: typed } });
  return field;
}

test("typed letters find a command, Enter runs it", async () => {
  fireEvent.keyDown(await openPalette("fence"), { key: "Enter" });
  await vi.waitFor(() => expect(paint).toHaveBeenCalledOnce());

  expect(screen.queryByRole("combobox")).toBeNull();
});

test("commands of other screens are not offered", async () => {
  await openPalette("never");

  expect(screen.queryAllByRole("option")).toHaveLength(0);
});

test("a command's key runs it", () => {
  press("p");

  expect(paint).toHaveBeenCalledOnce();
});

test("single keys wait while the palette is open", async () => {
  await openPalette("");
  press("p");

  expect(paint).not.toHaveBeenCalled();
});

test("a command that nobody on the screen answers to is not run", () => {
  command("test.nobody", "Nobody", [], "browser");

  act(() => {
    expect(runCommand("test.nobody")).toBe(false);
  });
});
