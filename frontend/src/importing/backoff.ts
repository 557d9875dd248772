/** When to try again what failed, and what is worth it. */

import type { ApiError } from "../api/errors";

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/** Codes of what passes by itself: no network, a busy server, a full disk. */
const PASSING = new Set(["offline", "busy", "unavailable", "too_slow", "throttled"]);
/** Codes of what may pass, and is not waited for long. */
const DOUBTFUL = new Set(["conflict", "internal", "unexpected"]);
const DOUBTFUL_TRIES = 6;

/** How long to wait after so many failures in a row: 1, 2, 4 … 30 s. */
export function delayMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
}

/** Whether to try again after so many failures in a row, of which this is the last. */
export function passes(error: ApiError, failures: number): boolean {
  return PASSING.has(error.code) || (DOUBTFUL.has(error.code) && failures < DOUBTFUL_TRIES);
}

/** Wait, or less when the network comes back. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const end = (): void => {
      window.clearTimeout(timer);
      window.removeEventListener("online", end);
      signal.removeEventListener("abort", stop);
      resolve();
    };
    const stop = (): void => {
      end();
      reject(signal.reason as Error);
    };
    const timer = window.setTimeout(end, ms);
    window.addEventListener("online", end);
    signal.addEventListener("abort", stop);
  });
}

/** So many at once; the others wait in turn. */
export class Lanes {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
