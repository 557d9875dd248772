/** Planes in memory by channel: each is asked for once, whoever wants it. */

import type { Plane } from "./samples";
import { memoryOf, type PlanePlace, type Quality } from "./wire";

/** Asks for channels of a tile; one plane for each, in their order. */
export type FetchPlanes = (
  place: PlanePlace,
  channels: readonly number[],
  quality: Quality,
  signal: AbortSignal,
) => Promise<readonly Plane[]>;

export interface StoreOptions {
  readonly fetch: FetchPlanes;
  readonly budgetBytes: number;
  /** Called with planes that are given back. */
  readonly onDrop?: (plane: Plane) => void;
  /** How long nobody must want a request before it is given up, in ms. */
  readonly graceMs?: number;
}

/** One request under way; several may wait for it. */
interface Batch {
  readonly keys: readonly string[];
  readonly planes: Promise<readonly Plane[]>;
  readonly controller: AbortController;
  waiting: number;
  timer?: ReturnType<typeof setTimeout>;
}

export class PlaneStore {
  private readonly fetch: FetchPlanes;
  private readonly budget: number;
  private readonly onDrop: (plane: Plane) => void;
  private readonly grace: number;
  private readonly planes = new Map<string, Plane>();
  private readonly batches = new Map<string, { readonly batch: Batch; readonly at: number }>();
  private kept: ReadonlySet<string> = new Set();
  private held = 0;

  constructor(options: StoreOptions) {
    this.fetch = options.fetch;
    this.budget = options.budgetBytes;
    this.onDrop = options.onDrop ?? (() => undefined);
    this.grace = options.graceMs ?? 40;
  }

  get bytes(): number {
    return this.held;
  }

  get size(): number {
    return this.planes.size;
  }

  /** What is held of a channel, in the best quality. */
  peek(place: PlanePlace, channel: number): Plane | undefined {
    return (
      this.touch(keyOf(place, channel, "exact")) ?? this.touch(keyOf(place, channel, "preview"))
    );
  }

  /**
   * The planes of channels of a tile: those that are held, and one request for the others.
   *
   * A preview is not asked for where exact planes are held or on their way.
   */
  async load(
    place: PlanePlace,
    channels: readonly number[],
    quality: Quality,
    signal: AbortSignal,
  ): Promise<Plane[]> {
    signal.throwIfAborted();
    const missing = channels.filter((channel) => !this.known(place, channel, quality));
    if (missing.length > 0) this.begin(place, missing, quality);
    return Promise.all(channels.map((channel) => this.one(place, channel, quality, signal)));
  }

  /** Names the planes that are on the screen: they stay whatever the budget says. */
  keep(places: readonly PlanePlace[], channels: readonly number[]): void {
    this.kept = new Set(
      places.flatMap((place) =>
        channels.flatMap((channel) => [
          keyOf(place, channel, "exact"),
          keyOf(place, channel, "preview"),
        ]),
      ),
    );
    this.trim();
  }

  clear(): void {
    for (const { batch } of this.batches.values()) batch.controller.abort();
    for (const key of this.planes.keys()) this.drop(key);
  }

  private known(place: PlanePlace, channel: number, quality: Quality): boolean {
    const exact = keyOf(place, channel, "exact");
    if (this.planes.has(exact) || this.batches.has(exact)) return true;
    if (quality === "exact") return false;
    const preview = keyOf(place, channel, "preview");
    return this.planes.has(preview) || this.batches.has(preview);
  }

  private begin(place: PlanePlace, channels: readonly number[], quality: Quality): void {
    const controller = new AbortController();
    const keys = channels.map((channel) => keyOf(place, channel, quality));
    const batch: Batch = {
      keys,
      controller,
      waiting: 0,
      planes: this.fetch(place, channels, quality, controller.signal).then(
        (planes) => {
          if (!controller.signal.aborted) this.arrived(keys, planes);
          return planes;
        },
        (error: unknown) => {
          this.forget(batch);
          throw error;
        },
      ),
    };
    // Whoever waits hears of the failure; when nobody does any more, nobody needs to.
    batch.planes.catch(() => undefined);
    keys.forEach((key, at) => this.batches.set(key, { batch, at }));
  }

  private async one(
    place: PlanePlace,
    channel: number,
    quality: Quality,
    signal: AbortSignal,
  ): Promise<Plane> {
    const qualities: readonly Quality[] = quality === "exact" ? ["exact"] : ["exact", "preview"];
    for (const each of qualities) {
      const key = keyOf(place, channel, each);
      const plane = this.touch(key);
      if (plane) return plane;
      const running = this.batches.get(key);
      if (running) return this.wait(running.batch, running.at, signal);
    }
    throw new Error("a plane was neither held nor asked for");
  }

  private async wait(batch: Batch, at: number, signal: AbortSignal): Promise<Plane> {
    batch.waiting += 1;
    clearTimeout(batch.timer);
    const leave = (): void => {
      batch.waiting -= 1;
      // Another rendering of the same planes is often wanted in the same moment.
      if (batch.waiting === 0) batch.timer = setTimeout(() => this.giveUp(batch), this.grace);
    };
    let isDone = false;
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener(
        "abort",
        () => {
          if (!isDone) leave();
          reject(signal.reason as Error);
        },
        { once: true },
      );
    });
    try {
      const plane = (await Promise.race([batch.planes, aborted]))[at];
      if (!plane) throw new Error("the answer lacks a plane");
      return plane;
    } finally {
      isDone = true;
    }
  }

  private giveUp(batch: Batch): void {
    this.forget(batch);
    batch.controller.abort();
  }

  private arrived(keys: readonly string[], planes: readonly Plane[]): void {
    keys.forEach((key, at) => {
      const plane = planes[at];
      this.batches.delete(key);
      if (!plane) return;
      this.drop(key);
      this.planes.set(key, plane);
      this.held += memoryOf(plane);
    });
    this.trim();
  }

  private forget(batch: Batch): void {
    for (const key of batch.keys)
      if (this.batches.get(key)?.batch === batch) this.batches.delete(key);
  }

  /** The plane, which becomes the most recently used. */
  private touch(key: string): Plane | undefined {
    const plane = this.planes.get(key);
    if (plane) {
      this.planes.delete(key);
      this.planes.set(key, plane);
    }
    return plane;
  }

  private trim(): void {
    for (const key of this.planes.keys()) {
      if (this.held <= this.budget) return;
      if (!this.kept.has(key)) this.drop(key);
    }
  }

  private drop(key: string): void {
    const plane = this.planes.get(key);
    if (!plane) return;
    this.planes.delete(key);
    this.held -= memoryOf(plane);
    this.onDrop(plane);
  }
}

function keyOf(place: PlanePlace, channel: number, quality: Quality): string {
  const { level, z, t, x, y, projection } = place;
  return `${quality}/${level}/${z}/${t}/${x}/${y}/${projection}/${channel}`;
}
