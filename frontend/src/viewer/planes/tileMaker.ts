/** Makes tiles from raw planes: fetches, keeps and composes; what runs in the worker. */

import { TileError } from "../engine/source";
import { refusal } from "../engine/serverSource";
import { type Composer, CpuComposer } from "./cpu";
import { GpuComposer } from "./gpu";
import type { Order, Refusal, Report, TileOrder } from "./messages";
import { PlaneStore } from "./planeStore";
import { valueAt } from "./samples";
import { type PlanePlace, rawUrl, readPlanes, type Unpack } from "./wire";

const MEBIBYTE = 1024 * 1024;
const GPU_BUDGET = 160 * MEBIBYTE;

export interface MakerOptions {
  readonly fetch: typeof fetch;
  readonly unpack: Unpack;
  readonly report: (report: Report, transfer?: Transferable[]) => void;
  /** @throws Error when that composer cannot be had */
  readonly makeComposer?: (name: "gpu" | "cpu", luts: ReadonlyMap<string, Uint8Array>) => Composer;
}

export class TileMaker {
  private readonly options: MakerOptions;
  private readonly luts = new Map<string, Uint8Array>();
  private readonly running = new Map<number, AbortController>();
  private store: PlaneStore | null = null;
  private composer: Composer | null = null;

  constructor(options: MakerOptions) {
    this.options = options;
  }

  /** Does what an order says; resolves when it is done. */
  async obey(order: Order): Promise<void> {
    switch (order.kind) {
      case "open":
        this.open(order);
        return;
      case "lut":
        this.luts.set(order.name, order.colors);
        return;
      case "cancel":
        this.running.get(order.id)?.abort();
        return;
      case "keep":
        this.store?.keep(order.places, order.channels);
        return;
      case "values":
        this.tell(order.id, order.place, order.channels, order.x, order.y);
        return;
      case "tile":
        await this.make(order.id, order);
    }
  }

  dispose(): void {
    for (const controller of this.running.values()) controller.abort();
    this.running.clear();
    this.store?.clear();
    this.composer?.dispose();
  }

  private open({ route, composer, budgetBytes }: Order & { kind: "open" }): void {
    this.composer = this.composerNamed(composer);
    this.options.report({ kind: "composer", name: this.composer.name });
    this.store = new PlaneStore({
      budgetBytes,
      fetch: (place, channels, quality, signal) =>
        this.ask(rawUrl(route, place, channels, quality), channels.length, signal),
      onDrop: (plane) => this.composer?.forget(plane),
    });
  }

  private composerNamed(name: "gpu" | "cpu"): Composer {
    const make = this.options.makeComposer ?? makeComposer;
    try {
      return make(name, this.luts);
    } catch {
      return make("cpu", this.luts);
    }
  }

  private async make(id: number, { place, rendering, quality }: TileOrder): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    this.running.set(id, controller);
    try {
      const { store, composer } = this;
      if (!store || !composer) throw new Error("no image is open");
      const channels = rendering.channels.map(({ index }) => index);
      const planes = await store.load(place, channels, quality, signal);
      signal.throwIfAborted();
      const bitmap = await composer.compose(planes, rendering);
      if (signal.aborted) bitmap.close();
      else this.options.report({ kind: "tile", id, bitmap }, [bitmap]);
    } catch (error) {
      if (!signal.aborted) this.options.report({ kind: "refused", id, refusal: asRefusal(error) });
    } finally {
      this.running.delete(id);
    }
  }

  private async ask(url: string, count: number, signal: AbortSignal) {
    const response = await this.answer(url, signal);
    if (!response.ok) throw await refusal(response);
    return readPlanes(response, count, this.options.unpack);
  }

  private async answer(url: string, signal: AbortSignal): Promise<Response> {
    try {
      return await this.options.fetch(url, { signal, credentials: "same-origin" });
    } catch (error) {
      signal.throwIfAborted();
      throw new TileError(`The server does not answer (${String(error)}).`, {
        code: "unreachable",
        transient: true,
      });
    }
  }

  /** Tells exact values, of planes that are held. */
  private tell(
    id: number,
    place: PlanePlace,
    channels: readonly number[],
    x: number,
    y: number,
  ): void {
    const values = channels.map((channel) => {
      const plane = this.store?.peek(place, channel);
      return plane && !plane.companding ? valueAt(plane, x, y) : null;
    });
    this.options.report({ kind: "values", id, values });
  }
}

function makeComposer(name: "gpu" | "cpu", luts: ReadonlyMap<string, Uint8Array>): Composer {
  return name === "gpu" ? new GpuComposer(luts, GPU_BUDGET) : new CpuComposer(luts);
}

function asRefusal(error: unknown): Refusal {
  if (!(error instanceof TileError))
    return { message: String(error), code: "unexpected", transient: false };
  const { message, code, remedy, transient } = error;
  return { message, code, transient, ...(remedy === undefined ? {} : { remedy }) };
}
