import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Session } from "../state/session";
import { baseView, imageFacts } from "../testing";
import { ChannelsPanel } from "./ChannelsPanel";

beforeEach(() => {
  vi.stubGlobal("fetch", async () => Response.json({ channels: [] }));
});

let session: Session | undefined;

afterEach(() => {
  cleanup();
  session?.dispose();
  vi.unstubAllGlobals();
});

function shown(channels = 3): Session {
  const address = { read: () => "", write: () => undefined };
  session = new Session(imageFacts(channels), baseView(channels), address);
  render(<ChannelsPanel session={session} />);
  return session;
}

test("each channel has a check box, and a black and a white point by name", () => {
  const opened = shown();
  fireEvent.click(screen.getByRole("checkbox", { name: "Show Channel 2" }));

  expect(opened.view.value.channels[1]?.active).toBe(false);
  expect(screen.getByRole("slider", { name: /Channel 1 black point/ })).toBeDefined();
  expect(screen.getByRole("slider", { name: /Channel 1 white point/ })).toBeDefined();
});

test("a typed number is taken on Enter, and pushes the other point if it must", () => {
  const opened = shown();
  const field = screen.getByRole("textbox", { name: "Channel 1 black point" });
  fireEvent.change(field, { target: { value: "900" } });
  fireEvent.keyDown(field, { key: "Enter" });

  expect(opened.view.value.channels[0]).toMatchObject({ start: 900, end: 900 });
});

test("what is no number is put back", () => {
  const opened = shown();
  const field = screen.getByRole<HTMLInputElement>("textbox", { name: "Channel 1 white point" });
  fireEvent.change(field, { target: { value: "bright" } });
  fireEvent.blur(field);

  expect(opened.view.value.channels[0]?.end).toBe(255);
  expect(field.value).toBe("255");
});

test("arrow keys in a number change it by one, with Shift by ten", () => {
  const opened = shown();
  const field = screen.getByRole("textbox", { name: "Channel 1 white point" });
  fireEvent.keyDown(field, { key: "ArrowUp" });
  fireEvent.keyDown(field, { key: "ArrowDown", shiftKey: true });

  expect(opened.view.value.channels[0]?.end).toBe(246);
});

test("grey offers one channel at a time", () => {
  const opened = shown();
  fireEvent.click(screen.getByRole("button", { name: "Grey" }));
  fireEvent.click(screen.getByRole("radio", { name: "Show Channel 3" }));

  expect(opened.view.value.channels.map(({ active }) => active)).toEqual([false, false, true]);
});

test("many channels can be found by name", () => {
  shown(12);
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "12" } });

  expect(screen.getAllByRole("listitem")).toHaveLength(1);
});
