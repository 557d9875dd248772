// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { baseView, imageFacts } from "../testing";
import { Session } from "./session";

class FakeAddress {
  readonly written: string[] = [];
  private query: string;

  constructor(query = "") {
    this.query = query;
  }

  readonly read = (): string => this.query;

  readonly write = (query: string): void => {
    this.query = query;
    this.written.push(query);
  };

  /** Somebody went back, or pasted. */
  become(query: string): void {
    this.query = query;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", async () => Response.json({ channels: [] }));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function opened(query = "") {
  const address = new FakeAddress(query);
  return { address, session: new Session(imageFacts(3), baseView(3), address) };
}

test("the address follows once the view has rested, not while it changes", async () => {
  const { address, session } = opened();
  session.changeChannel(0, { end: 100 }, true);
  await vi.advanceTimersByTimeAsync(150);
  session.changeChannel(0, { end: 109 }, true);
  await vi.advanceTimersByTimeAsync(150);
  const during = address.written.length;

  await vi.advanceTimersByTimeAsync(100);

  expect(during).toBe(0);
  expect(address.written).toEqual(["c=1:0-109"]);
});

test("a pasted address is the view, and what is wrong with it is said", () => {
  const { session } = opened("z=4&c=2:5-60,9:1-2");

  expect(session.view.value.z).toBe(3);
  expect(session.view.value.channels[1]).toMatchObject({ start: 5, end: 60 });
  expect(session.problems.value).toHaveLength(1);
});

test("going back in the browser changes the view", () => {
  const { address, session } = opened("z=4");
  address.become("z=2");

  session.readAddress();

  expect(session.view.value.z).toBe(1);
});

test("undo takes a drag back as one change", () => {
  const { session } = opened();
  session.changeChannel(0, { end: 90 }, true);
  session.changeChannel(0, { end: 80 }, true);
  session.rest();

  session.undo();

  expect(session.view.value.channels[0]?.end).toBe(255);
});

test("colour comes back from grey with the channels it had", () => {
  const { session } = opened();
  session.toggleGrey();
  session.changeChannel(0, { active: false });
  session.changeChannel(1, { active: false });

  session.toggleGrey();

  expect(session.view.value.model).toBe("c");
  expect(session.view.value.channels.map(({ active }) => active)).toEqual([true, true, true]);
});

test("reset brings back the image's own rendering and leaves place and plane", () => {
  const { session } = opened("z=4&xy=10,10&zm=2&c=1:1-2&m=g");

  session.reset();

  const { channels, model, z, camera } = session.view.value;
  expect({ channels, model }).toEqual({ channels: session.base.channels, model: "c" });
  expect({ z, camera }).toEqual({ z: 3, camera: { x: 10, y: 10, zoom: 2 } });
});

/** Answers each request for histograms with these values, 50 pixels in each middle bin. */
function answerHistograms(ranges: readonly (readonly [number, number])[]): void {
  const channels = ranges.map(([min, max], index) => ({ index, min, max, counts: [0, 50, 50, 0] }));
  vi.stubGlobal("fetch", async () => Response.json({ channels }));
}

test("auto contrast takes the channels that are shown", async () => {
  answerHistograms([
    [0, 100],
    [0, 100],
  ]);
  const { session } = opened("c=2:0-9,-2");
  session.histograms.show(0, 0);
  await vi.advanceTimersByTimeAsync(10);

  session.autoContrast();

  expect(session.view.value.channels[0]).toMatchObject({ start: 25, end: 75 });
  expect(session.view.value.channels[1]).toMatchObject({ start: 0, end: 9 });
});

test("a photograph keeps its white balance: red, green and blue get one window", async () => {
  answerHistograms([
    [0, 100],
    [100, 200],
    [40, 60],
  ]);
  const facts = { ...imageFacts(3), photograph: true };
  const session = new Session(facts, baseView(3), new FakeAddress());
  session.histograms.show(0, 0);
  await vi.advanceTimersByTimeAsync(10);

  session.autoContrast();

  const windows = session.view.value.channels.map(({ start, end }) => `${start}-${end}`);
  expect(new Set(windows).size).toBe(1);
});
