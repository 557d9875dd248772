/** The workers that make tiles, each with its own share of the image. */

import { TileError } from "../engine/source";
import type { Order, Report, TileOrder } from "./messages";
import type { PlanePlace, RawRoute } from "./wire";

/** As much of a Worker as is used. */
export interface WorkerLike {
  addEventListener(kind: "message", listener: (event: MessageEvent<Report>) => void): void;
  addEventListener(kind: "error", listener: () => void): void;
  postMessage(order: Order, transfer: Transferable[]): void;
  terminate(): void;
}

export interface CrewOptions {
  readonly composer: "gpu" | "cpu";
  readonly route: RawRoute;
  /** Bytes of planes that all of them may keep. */
  readonly budgetBytes: number;
  readonly size: number;
  readonly hire: () => WorkerLike;
}

interface Waiting {
  readonly resolve: (report: Report) => void;
  readonly reject: (error: Error) => void;
}

export class Crew {
  private readonly workers: readonly WorkerLike[];
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  constructor({ composer, route, budgetBytes, size, hire }: CrewOptions) {
    this.workers = Array.from({ length: size }, hire);
    for (const worker of this.workers) {
      worker.addEventListener("message", ({ data }) => this.heard(data));
      worker.addEventListener("error", () => this.failed());
      worker.postMessage({ kind: "open", route, composer, budgetBytes: budgetBytes / size }, []);
    }
  }

  async tile(order: TileOrder, signal: AbortSignal): Promise<ImageBitmap> {
    const worker = this.workerFor(order.place);
    const id = (this.last += 1);
    const cancel = (): void => {
      worker.postMessage({ kind: "cancel", id }, []);
      this.waiting.get(id)?.reject(signal.reason as Error);
      this.waiting.delete(id);
    };
    signal.throwIfAborted();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const report = await this.answer(id, worker, { kind: "tile", id, ...order });
      if (report.kind !== "tile") throw new Error("a worker answered something else");
      return report.bitmap;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  /** Values at a pixel of a tile, null where they are not held exactly. */
  async values(
    place: PlanePlace,
    channels: readonly number[],
    x: number,
    y: number,
  ): Promise<readonly (number | null)[]> {
    const id = (this.last += 1);
    const order: Order = { kind: "values", id, place, channels, x, y };
    const report = await this.answer(id, this.workerFor(place), order);
    return report.kind === "values" ? report.values : [];
  }

  /** Tells every worker which planes are on the screen. */
  keep(places: readonly PlanePlace[], channels: readonly number[]): void {
    for (const worker of this.workers) worker.postMessage({ kind: "keep", places, channels }, []);
  }

  /** Gives every worker a lookup table. */
  teach(name: string, colors: Uint8Array): void {
    for (const worker of this.workers) worker.postMessage({ kind: "lut", name, colors }, []);
  }

  /** Ends the workers, and with them what they hold: planes, textures, requests. */
  dispose(): void {
    for (const worker of this.workers) worker.terminate();
    for (const { reject } of this.waiting.values())
      reject(new DOMException("The image was closed.", "AbortError"));
    this.waiting.clear();
  }

  private answer(id: number, worker: WorkerLike, order: Order): Promise<Report> {
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      worker.postMessage(order, []);
    });
  }

  /** Always the same worker for a tile: its planes are there. */
  private workerFor({ level, x, y }: PlanePlace): WorkerLike {
    const worker = this.workers[(x + 3 * y + level) % this.workers.length];
    if (!worker) throw new RangeError("a crew has at least one worker");
    return worker;
  }

  private heard(report: Report): void {
    if (report.kind === "composer") return;
    const waiting = this.waiting.get(report.id);
    this.waiting.delete(report.id);
    if (!waiting) {
      // Nobody wants it any more.
      if (report.kind === "tile") report.bitmap.close();
    } else if (report.kind === "refused") {
      const { message, ...facts } = report.refusal;
      waiting.reject(new TileError(message, facts));
    } else waiting.resolve(report);
  }

  /** A worker that cannot even start answers nobody. */
  private failed(): void {
    const error = new TileError("The browser could not start what draws the image.", {
      code: "no_worker",
      transient: false,
    });
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

/** Starts a worker of this page. */
export function hireWorker(): WorkerLike {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
}
