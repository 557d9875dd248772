/** Decides which tile is asked for next, drops what nobody wants any more, retries what failed. */

import { type Source, type Tile, TileError, type Variant } from "./source";
import { TileCache } from "./tileCache";
import { placeKey, type TileAddress } from "./tiles";

/** A tile that somebody wants; `later` ones only use requests that `now` leaves free. */
export interface Wish {
  readonly address: TileAddress;
  readonly variant: Variant;
  readonly rank: "now" | "later";
}

export type TileState = "ready" | "loading" | "failed" | "absent";

export interface SchedulerOptions {
  /** Requests at a time: browsers give a server six over HTTP/1.1. */
  readonly concurrency?: number;
  readonly laterConcurrency?: number;
  readonly budgetBytes?: number;
  /** Waits before the second, third … attempt, in ms. */
  readonly retryDelays?: readonly number[];
  /** Called after a tile arrived or finally failed. */
  readonly onChange?: () => void;
}

interface Running {
  readonly controller: AbortController;
  readonly rank: Wish["rank"];
}

interface Failure {
  readonly attempts: number;
  readonly error: TileError;
  /** When another attempt may start (ms, `performance.now`), or null when given up. */
  readonly retryAt: number | null;
}

const MEBIBYTE = 1024 * 1024;

export class TileScheduler {
  readonly cache: TileCache;
  private readonly source: Source;
  private readonly concurrency: number;
  private readonly laterConcurrency: number;
  private readonly retryDelays: readonly number[];
  private readonly onChange: () => void;
  private readonly running = new Map<string, Running>();
  private readonly failures = new Map<string, Failure>();
  private wishes: readonly Wish[] = [];
  private alarm: ReturnType<typeof setTimeout> | undefined;

  constructor(source: Source, options: SchedulerOptions = {}) {
    this.source = source;
    this.cache = new TileCache(options.budgetBytes ?? 160 * MEBIBYTE);
    this.concurrency = options.concurrency ?? 6;
    this.laterConcurrency = options.laterConcurrency ?? 2;
    this.retryDelays = options.retryDelays ?? [400, 1200, 3600];
    this.onChange = options.onChange ?? (() => undefined);
  }

  /** The name of a tile's data; equal for variants that the source serves from the same data. */
  key(address: TileAddress, variant: Variant): string {
    return `${placeKey(address)}@${this.source.variantKey(variant)}`;
  }

  get(key: string): Tile | undefined {
    return this.cache.get(key);
  }

  state(key: string): TileState {
    if (this.cache.has(key)) return "ready";
    if (this.running.has(key)) return "loading";
    const failure = this.failures.get(key);
    if (failure?.retryAt === null) return "failed";
    return failure ? "loading" : "absent";
  }

  /** The reason of a failed tile. */
  errorOf(key: string): TileError | undefined {
    return this.failures.get(key)?.error;
  }

  /** Replaces all wishes, the most urgent first. Requests nobody wants any more are aborted. */
  want(wishes: readonly Wish[]): void {
    this.wishes = wishes;
    const wanted = new Set(wishes.map((wish) => this.key(wish.address, wish.variant)));
    for (const [key, { controller }] of this.running) {
      if (wanted.has(key)) continue;
      this.running.delete(key);
      controller.abort();
    }
    this.advance();
  }

  /** Asks again for tiles that were given up. */
  retryFailed(): void {
    this.failures.clear();
    this.advance();
  }

  dispose(): void {
    this.want([]);
    clearTimeout(this.alarm);
    this.failures.clear();
    this.cache.clear();
  }

  private advance(): void {
    const now = performance.now();
    let next: number | null = null;
    for (const wish of this.wishes) {
      if (this.running.size >= this.concurrency) return;
      const key = this.key(wish.address, wish.variant);
      if (this.cache.has(key) || this.running.has(key)) continue;
      const failure = this.failures.get(key);
      if (failure && (failure.retryAt === null || failure.retryAt > now)) {
        if (failure.retryAt !== null) next = Math.min(next ?? Infinity, failure.retryAt);
        continue;
      }
      if (wish.rank === "later" && this.countLater() >= this.laterConcurrency) continue;
      this.start(key, wish);
    }
    this.wakeAt(next);
  }

  private countLater(): number {
    let count = 0;
    for (const { rank } of this.running.values()) if (rank === "later") count += 1;
    return count;
  }

  private wakeAt(time: number | null): void {
    clearTimeout(this.alarm);
    if (time === null) return;
    this.alarm = setTimeout(() => this.advance(), Math.max(0, time - performance.now()) + 1);
  }

  private start(key: string, wish: Wish): void {
    const controller = new AbortController();
    this.running.set(key, { controller, rank: wish.rank });
    this.source
      .load(wish.address, wish.variant, controller.signal)
      .then((tile) => this.arrived(key, tile, controller))
      .catch((error: unknown) => this.failed(key, error, controller));
  }

  private arrived(key: string, tile: Tile, controller: AbortController): void {
    if (controller.signal.aborted) {
      tile.release();
      return;
    }
    this.running.delete(key);
    this.failures.delete(key);
    this.cache.add(key, tile);
    this.advance();
    this.onChange();
  }

  private failed(key: string, error: unknown, controller: AbortController): void {
    if (controller.signal.aborted) return;
    this.running.delete(key);
    this.failures.set(key, this.judge(key, error));
    this.advance();
    this.onChange();
  }

  private judge(key: string, error: unknown): Failure {
    const reason =
      error instanceof TileError
        ? error
        : new TileError(String(error), { code: "unexpected", transient: false });
    const attempts = (this.failures.get(key)?.attempts ?? 0) + 1;
    const delay = reason.transient ? this.retryDelays[attempts - 1] : undefined;
    const retryAt = delay === undefined ? null : performance.now() + delay;
    return { attempts, error: reason, retryAt };
  }
}
