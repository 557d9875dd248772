// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeSource, settle } from "../testing";
import { TileScheduler, type Wish } from "./scheduler";
import { TileError } from "./source";

const variant = { z: 0, t: 0, style: "" };

function wish(x: number, rank: Wish["rank"] = "now", style = ""): Wish {
  return { address: { level: 0, x, y: 0 }, variant: { ...variant, style }, rank };
}

function name(x: number, style = ""): string {
  return `0/${x}/0@0/0/${style}`;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

test("tiles are asked for in the order of the wishes, so many at a time", async () => {
  const source = new FakeSource();
  const scheduler = new TileScheduler(source, { concurrency: 2 });
  scheduler.want([wish(3), wish(1), wish(2)]);
  const before = source.names();

  await source.requests[0]?.arrive();

  expect(before).toEqual(["0/3/0", "0/1/0"]);
  expect(source.names()).toEqual(["0/3/0", "0/1/0", "0/2/0"]);
});

test("what nobody wants any more is aborted, what is still wanted goes on", () => {
  const source = new FakeSource();
  const scheduler = new TileScheduler(source);
  scheduler.want([wish(1), wish(2)]);

  scheduler.want([wish(2), wish(3)]);

  expect(source.requests.map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
});

test("a new rendering aborts the requests of the old one", () => {
  const source = new FakeSource();
  const scheduler = new TileScheduler(source);
  scheduler.want([wish(1, "now", "c=1:0-9")]);

  scheduler.want([wish(1, "now", "c=1:0-8")]);

  expect(source.requests.map(({ signal }) => signal.aborted)).toEqual([true, false]);
});

test("a tile that arrives after it was aborted is given back and not kept", async () => {
  const source = new FakeSource();
  const scheduler = new TileScheduler(source);
  scheduler.want([wish(1)]);
  scheduler.want([]);

  await source.requests[0]?.arrive();

  expect(scheduler.get(name(1))).toBeUndefined();
  expect(scheduler.cache.size).toBe(0);
});

test("tiles for later leave requests free for those that are needed now", () => {
  const source = new FakeSource();
  const scheduler = new TileScheduler(source, { concurrency: 6, laterConcurrency: 2 });

  scheduler.want([wish(1, "later"), wish(2, "later"), wish(3, "later"), wish(4)]);

  expect(source.names()).toEqual(["0/1/0", "0/2/0", "0/4/0"]);
});

test("a tile in memory is not asked for again", async () => {
  const source = new FakeSource();
  const scheduler = new TileScheduler(source);
  scheduler.want([wish(1)]);
  await source.requests[0]?.arrive();

  scheduler.want([]);
  scheduler.want([wish(1)]);

  expect(source.requests).toHaveLength(1);
  expect(scheduler.state(name(1))).toBe("ready");
});

test("a failure that may pass is retried with growing waits, and then given up", async () => {
  const source = new FakeSource();
  const onChange = vi.fn();
  const scheduler = new TileScheduler(source, { retryDelays: [100, 300], onChange });
  const busy = new TileError("busy", { code: "busy", transient: true });
  scheduler.want([wish(1)]);
  await source.requests[0]?.fail(busy);
  expect(scheduler.state(name(1))).toBe("loading");

  await vi.advanceTimersByTimeAsync(110);
  await source.requests[1]?.fail(busy);
  await vi.advanceTimersByTimeAsync(290);
  expect(source.requests).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(20);
  await source.requests[2]?.fail(busy);

  expect(scheduler.state(name(1))).toBe("failed");
  expect(scheduler.errorOf(name(1))?.code).toBe("busy");
});

test("what the server refuses for good is not asked again until somebody says so", async () => {
  const source = new FakeSource();
  const scheduler = new TileScheduler(source);
  scheduler.want([wish(1)]);
  await source.requests[0]?.fail(new TileError("gone", { code: "not_found", transient: false }));
  await vi.advanceTimersByTimeAsync(60_000);
  const before = source.requests.length;

  scheduler.retryFailed();

  expect(before).toBe(1);
  expect(source.requests).toHaveLength(2);
  expect(scheduler.state(name(1))).toBe("loading");
});

test("one bad tile does not hold up the others", async () => {
  const source = new FakeSource();
  const scheduler = new TileScheduler(source, { concurrency: 1 });
  scheduler.want([wish(1), wish(2)]);

  await source.requests[0]?.fail(new TileError("no", { code: "x", transient: false }));

  expect(source.names()).toEqual(["0/1/0", "0/2/0"]);
});

test("a disposed scheduler aborts everything and holds no memory", async () => {
  const source = new FakeSource();
  const scheduler = new TileScheduler(source);
  scheduler.want([wish(1), wish(2)]);
  await source.requests[0]?.arrive();

  scheduler.dispose();
  await settle();

  expect(source.requests[1]?.signal.aborted).toBe(true);
  expect(scheduler.cache.bytes).toBe(0);
});
