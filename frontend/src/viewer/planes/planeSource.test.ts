// @vitest-environment node
import { expect, test } from "vitest";
import { TileError, type Variant } from "../engine/source";
import { FakeSource } from "../testing";
import { Crew, type WorkerLike } from "./crew";
import type { Order, Report } from "./messages";
import { PlaneSource } from "./planeSource";
import type { ChannelRendering } from "./rendering";

const address = { level: 1, x: 2, y: 3 };
const bitmap = { width: 512, height: 512, close: () => undefined } as unknown as ImageBitmap;

function channel(index: number, change: Partial<ChannelRendering> = {}): ChannelRendering {
  return {
    index,
    start: 0,
    end: 255,
    family: "linear",
    coefficient: 1,
    inverted: false,
    color: [255, 0, 0, 255],
    lut: null,
    ...change,
  };
}

function variant(style: string, ...channels: ChannelRendering[]): Variant {
  return { z: 1, t: 0, style, rendering: { grey: false, channels } };
}

class FakeWorker implements WorkerLike {
  readonly orders: Order[] = [];
  isTerminated = false;
  private hear: (event: MessageEvent<Report>) => void = () => undefined;
  private readonly reply: (order: Order) => Report | null;

  constructor(reply: (order: Order) => Report | null) {
    this.reply = reply;
  }

  addEventListener(kind: string, listener: unknown): void {
    if (kind === "message") this.hear = listener as typeof this.hear;
  }

  postMessage(order: Order): void {
    this.orders.push(order);
    const report = this.reply(order);
    if (report) queueMicrotask(() => this.hear({ data: report } as MessageEvent<Report>));
  }

  terminate(): void {
    this.isTerminated = true;
  }

  tiles() {
    return this.orders.filter((order) => order.kind === "tile");
  }
}

const drawn = (order: Order): Report | null =>
  order.kind === "tile" ? { kind: "tile", id: order.id, bitmap } : null;

function refusing(code: string) {
  return (order: Order): Report | null =>
    order.kind === "tile"
      ? { kind: "refused", id: order.id, refusal: { message: "no", code, transient: false } }
      : null;
}

function opened(reply = drawn, size = 1, luts = new Map<string, Uint8Array>()) {
  const workers: FakeWorker[] = [];
  const server = new FakeSource();
  const crew = new Crew({
    composer: "cpu",
    route: { template: "/raw/1/{level}", version: "", tileSize: 512 },
    budgetBytes: 800,
    size,
    hire: () => {
      const worker = new FakeWorker(reply);
      workers.push(worker);
      return worker;
    },
  });
  const source = new PlaneSource({
    crew,
    server,
    findLut: async (name) => luts.get(name) ?? null,
    isServers: ({ style }) => style === "stored",
  });
  const load = (wanted: Variant) => source.load(address, wanted, new AbortController().signal);
  return { source, server, workers, load, worker: workers[0] as FakeWorker };
}

test("a window or a colour needs no other data; another plane or channel does", () => {
  const { source } = opened();
  const plain = source.dataKey(variant("", channel(0), channel(2)));

  expect(source.dataKey(variant("c=1:3-4", channel(0, { start: 3, end: 4 }), channel(2)))).toBe(
    plain,
  );
  expect(source.dataKey(variant("c=-3", channel(0)))).not.toBe(plain);
  expect(source.dataKey({ ...variant("", channel(0), channel(2)), z: 2 })).not.toBe(plain);
  expect(source.dataKey({ ...variant("", channel(0), channel(2)), projection: "max" })).not.toBe(
    plain,
  );
});

test("a tile is ordered by the server's numbers and comes as a picture", async () => {
  const { load, worker, source } = opened();
  const tile = await load(variant("", channel(0), channel(2)));

  expect(tile.bitmap).toBe(bitmap);
  expect(worker.tiles()[0]).toMatchObject({
    place: { level: source.levels[1]?.index, z: 1, t: 0, x: 2, y: 3 },
    quality: "exact",
  });
});

test("a tile that nobody wants any more is cancelled in the worker, and closed if it comes", async () => {
  const { source, worker } = opened(() => null);
  const controller = new AbortController();
  const loading = source.load(address, variant("", channel(0)), controller.signal);
  const failure = loading.catch((error: unknown) => (error as Error).name);
  await Promise.resolve();
  await new Promise(setImmediate);
  controller.abort();

  expect(await failure).toBe("AbortError");
  expect(worker.orders.at(-1)).toEqual({ kind: "cancel", id: worker.tiles()[0]?.id });
});

test("a tile always goes to the worker that has its planes, and all workers get some", async () => {
  const { source, workers } = opened(drawn, 3);
  for (let x = 0; x < 6; x += 1) {
    const place = { level: 0, x, y: 0 };
    await source.load(place, variant("", channel(0)), new AbortController().signal);
    await source.load(place, variant("c=1:1-2", channel(0)), new AbortController().signal);
  }
  const counts = workers.map((worker) => worker.tiles().map(({ place }) => place.x));

  expect(counts.map((places) => places.length)).toEqual([4, 4, 4]);
  expect(counts.map((places) => new Set(places).size)).toEqual([2, 2, 2]);
});

test("where there are no planes, the server renders without loss, from then on", async () => {
  const { load, server, worker } = opened(refusing("http_404"));
  void load(variant("", channel(0)));
  await new Promise(setImmediate);
  void load(variant("c=1:1-2", channel(0)));
  await new Promise(setImmediate);

  expect(server.requests.map(({ variant: { lossless } }) => lossless)).toEqual([true, true]);
  expect(worker.tiles()).toHaveLength(1);
});

test("other failures are those of the tile, in the server's words", async () => {
  const { load } = opened(refusing("damaged_chunk"));
  const failure = await load(variant("", channel(0))).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(TileError);
  expect(failure).toMatchObject({ message: "no", code: "damaged_chunk", transient: false });
});

test("lookup tables are taught once; one that is unknown leaves the tile to the server", async () => {
  const { load, server, worker } = opened(drawn, 1, new Map([["fire", new Uint8Array(768)]]));
  await load(variant("a", channel(0, { lut: "fire" })));
  await load(variant("b", channel(0, { lut: "fire", end: 9 })));
  void load(variant("c", channel(0, { lut: "unheard of" })));
  await new Promise(setImmediate);

  expect(worker.orders.filter(({ kind }) => kind === "lut")).toHaveLength(1);
  expect(server.requests.map(({ variant: { style } }) => style)).toEqual(["c"]);
});

test("what is the server's anyway is asked of the server", () => {
  const { source, server } = opened();
  const stored = variant("stored", channel(0));
  void source.load(address, stored, new AbortController().signal);

  expect(server.requests).toHaveLength(1);
  expect(source.variantKey(stored)).toBe(server.variantKey(stored));
});

test("what is on the screen is named to the workers once", () => {
  const { source, worker } = opened();
  source.keep([address], variant("", channel(0)));
  source.keep([address], variant("c=1:1-2", channel(0, { start: 1, end: 2 })));
  source.keep([address], variant("", channel(1)));

  expect(worker.orders.filter(({ kind }) => kind === "keep")).toHaveLength(2);
});

test("the value under a point comes from the tile that is shown there", async () => {
  const { source, worker } = opened((order) =>
    order.kind === "values" ? { kind: "values", id: order.id, values: [17] } : null,
  );

  expect(await source.values({ x: 2100, y: 1031 }, 1, variant("", channel(3)))).toEqual([17]);
  expect(worker.orders.at(-1)).toMatchObject({
    place: { x: 2, y: 1 },
    channels: [3],
    x: 1050 - 1024,
    y: 515 - 512,
  });
});

test("closing ends all workers and whatever waits for them", async () => {
  const { source, workers, load } = opened(() => null, 2);
  const waiting = load(variant("", channel(0))).catch((error: unknown) => (error as Error).name);
  await new Promise(setImmediate);
  source.dispose();

  expect(await waiting).toBe("AbortError");
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, true]);
});
