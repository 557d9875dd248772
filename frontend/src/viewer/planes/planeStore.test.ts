// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { settle } from "../testing";
import { PlaneStore } from "./planeStore";
import type { Plane } from "./samples";
import type { PlanePlace, Quality } from "./wire";

const place: PlanePlace = { level: 0, z: 1, t: 0, x: 2, y: 3, projection: "" };
const open = (): AbortSignal => new AbortController().signal;

function plane(): Plane {
  return { type: "uint8", width: 10, height: 10, data: new Uint8Array(100), companding: null };
}

interface Asked {
  readonly channels: readonly number[];
  readonly quality: Quality;
  readonly signal: AbortSignal;
  answer(): Promise<void>;
  fail(): Promise<void>;
}

function store(budgetBytes = 1e6) {
  const asked: Asked[] = [];
  const dropped: Plane[] = [];
  const made = new PlaneStore({
    budgetBytes,
    graceMs: 40,
    onDrop: (each) => dropped.push(each),
    fetch: (_place, channels, quality, signal) =>
      new Promise((resolve, reject) => {
        const answer = async () => {
          resolve(channels.map(plane));
          await settle();
        };
        const fail = async () => {
          reject(new Error("gone"));
          await settle();
        };
        asked.push({ channels, quality, signal, answer, fail });
      }),
  });
  return { made, asked, dropped };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

test("only channels that are not held are asked for", async () => {
  const { made, asked } = store();
  const first = made.load(place, [0, 2], "exact", open());
  await asked[0]?.answer();
  const held = await first;

  const second = made.load(place, [0, 1, 2], "exact", open());
  await asked[1]?.answer();

  expect(asked.map(({ channels }) => channels)).toEqual([[0, 2], [1]]);
  const [red, , blue] = await second;
  expect([red, blue]).toEqual(held);
});

test("two renderings of the same planes share one request", async () => {
  const { made, asked } = store();
  const both = [made.load(place, [0], "exact", open()), made.load(place, [0], "exact", open())];
  await asked[0]?.answer();

  const [[one], [other]] = (await Promise.all(both)) as [[Plane], [Plane]];
  expect(asked).toHaveLength(1);
  expect(one).toBe(other);
});

test("a request goes on when another rendering wants it at once, and is given up otherwise", async () => {
  const { made, asked } = store();
  const first = new AbortController();
  const waiting = made.load(place, [0], "exact", first.signal).catch(() => "aborted");
  first.abort();
  expect(await waiting).toBe("aborted");
  const second = new AbortController();
  const again = made.load(place, [0], "exact", second.signal).catch(() => "aborted");
  await vi.advanceTimersByTimeAsync(100);
  expect(asked[0]?.signal.aborted).toBe(false);

  second.abort();
  expect(await again).toBe("aborted");
  await vi.advanceTimersByTimeAsync(100);

  expect(asked).toHaveLength(1);
  expect(asked[0]?.signal.aborted).toBe(true);
});

test("what was given up is asked for anew", async () => {
  const { made, asked } = store();
  const first = new AbortController();
  const waiting = made.load(place, [0], "exact", first.signal).catch(() => "aborted");
  first.abort();
  await waiting;
  await vi.advanceTimersByTimeAsync(100);

  const again = made.load(place, [0], "exact", open());
  await asked[1]?.answer();

  expect(await again).toHaveLength(1);
});

test("a failure is told to all who wait, and the next one asks again", async () => {
  const { made, asked } = store();
  const both = [0, 1].map(async () =>
    made.load(place, [0], "exact", open()).catch((error: unknown) => String(error)),
  );
  await asked[0]?.fail();
  expect(await Promise.all(both)).toEqual(["Error: gone", "Error: gone"]);

  void made.load(place, [0], "exact", open());

  expect(asked).toHaveLength(2);
});

test("a preview is not asked for where exact planes are held, and gives way to them", async () => {
  const { made, asked } = store();
  const preview = made.load(place, [0], "preview", open());
  await asked[0]?.answer();
  await preview;
  const exact = made.load(place, [0], "exact", open());
  await asked[1]?.answer();
  const [held] = await exact;

  expect(await made.load(place, [0], "preview", open())).toEqual([held]);
  expect(asked.map(({ quality }) => quality)).toEqual(["preview", "exact"]);
  expect(made.peek(place, 0)).toBe(held);
});

test("the least recently used planes go first, and never those on the screen", async () => {
  const { made, asked, dropped } = store(250);
  const places = [0, 1, 2, 3].map((x) => ({ ...place, x }));
  for (const [at, each] of places.entries()) {
    if (at === 1) made.keep([{ ...place, x: 0 }], [0]);
    const loading = made.load(each, [0], "exact", open());
    await asked[at]?.answer();
    await loading;
  }

  expect(made.bytes).toBe(200);
  expect(dropped).toHaveLength(2);
  expect(places.map((each) => made.peek(each, 0) !== undefined)).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test("clearing gives back everything and ends requests", async () => {
  const { made, asked, dropped } = store();
  const loading = made.load(place, [0, 1], "exact", open());
  await asked[0]?.answer();
  await loading;
  made.load({ ...place, x: 9 }, [0], "exact", open()).catch(() => undefined);

  made.clear();

  expect(dropped).toHaveLength(2);
  expect([made.bytes, made.size]).toEqual([0, 0]);
  expect(asked[1]?.signal.aborted).toBe(true);
});
