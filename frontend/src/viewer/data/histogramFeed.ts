/** Histograms of the plane that is shown; the last ones stay until the next arrive. */

import { request } from "../../api/gql";
import { Signal } from "../engine/signal";
import type { Histogram } from "../state/contrast";

interface HistogramAnswer {
  readonly channels: readonly (Histogram & { readonly index: number })[];
}

/** One per channel position; a channel the server said nothing about is missing. */
export type Histograms = ReadonlyMap<number, Histogram>;

export interface HistogramState {
  readonly histograms: Histograms;
  readonly failed: boolean;
}

/** Planes are changed faster than histograms are read. */
const REST_MS = 150;
const REMEMBERED = 64;

export class HistogramFeed {
  readonly state = new Signal<HistogramState>({ histograms: new Map(), failed: false });
  private readonly url: string;
  private readonly known = new Map<string, Histograms>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: AbortController | null = null;
  private wanted = "";

  constructor(url: string) {
    this.url = url;
  }

  /** Asks for the histograms of a plane once it is rested on; z and t are zero-based. */
  show(z: number, t: number): void {
    const query = `z=${z}&t=${t}&bins=256`;
    if (query === this.wanted) return;
    this.wanted = query;
    this.cancel();
    const known = this.known.get(query);
    if (known) this.state.set({ histograms: known, failed: false });
    else this.timer = setTimeout(() => void this.load(query), this.known.size ? REST_MS : 0);
  }

  /** Stops what is under way and asks for nothing more. */
  dispose(): void {
    this.wanted = "";
    this.cancel();
  }

  private cancel(): void {
    clearTimeout(this.timer);
    this.running?.abort();
    this.running = null;
  }

  private async load(query: string): Promise<void> {
    const controller = new AbortController();
    this.running = controller;
    try {
      const { signal } = controller;
      const answer = await request<HistogramAnswer>(`${this.url}?${query}`, { signal });
      const histograms = new Map(answer.channels.map((channel) => [channel.index, channel]));
      if (this.known.size >= REMEMBERED) this.known.clear();
      this.known.set(query, histograms);
      if (query === this.wanted) this.state.set({ histograms, failed: false });
    } catch {
      // The panel says that there is none; the sliders work without it.
      if (!controller.signal.aborted) this.state.set({ ...this.state.value, failed: true });
    }
  }
}
