/** What several tests of the viewer use. */

import { makeLevels } from "./engine/levels";
import type { Source, Tile, Variant } from "./engine/source";
import type { TileAddress } from "./engine/tiles";
import type { ImageFacts } from "./state/facts";
import type { View } from "./state/view";

/** Random numbers from 0 to 1 that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Levels of an image that is halved until it fits into one tile. */
export function pyramid(width: number, height: number) {
  const sizes = [{ index: 0, width, height }];
  for (let last = sizes[0]; last && Math.max(last.width, last.height) > 512; last = sizes.at(-1)) {
    sizes.push({
      index: last.index + 1,
      width: Math.ceil(last.width / 2),
      height: Math.ceil(last.height / 2),
    });
  }
  return makeLevels(sizes);
}

export function fakeTile(address: TileAddress, bytes = 100): Tile & { released: boolean } {
  const tile = {
    address,
    width: 512,
    height: 512,
    bytes,
    bitmap: { width: 512, height: 512, close: () => undefined },
    released: false,
    release: () => {
      tile.released = true;
    },
  };
  return tile;
}

export interface Request {
  readonly address: TileAddress;
  readonly variant: Variant;
  readonly signal: AbortSignal;
  arrive(): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** A source whose answers the test gives. */
export class FakeSource implements Source {
  readonly levels = pyramid(4096, 4096);
  readonly tileSize = 512;
  readonly requests: Request[] = [];

  variantKey({ z, t, style }: Variant): string {
    return `${z}/${t}/${style}`;
  }

  dataKey(variant: Variant): string {
    return this.variantKey(variant);
  }

  isExact(): boolean {
    return true;
  }

  load(address: TileAddress, variant: Variant, signal: AbortSignal): Promise<Tile> {
    return new Promise((resolve, reject) => {
      this.requests.push({
        address,
        variant,
        signal,
        arrive: async () => {
          resolve(fakeTile(address));
          await settle();
        },
        fail: async (error) => {
          reject(error);
          await settle();
        },
      });
    });
  }

  /** The requests that nobody answered or aborted. */
  names(): string[] {
    return this.requests
      .filter(({ signal }) => !signal.aborted)
      .map(({ address }) => `${address.level}/${address.x}/${address.y}`);
  }
}

/** Lets promises that are done tell so: immediate callbacks run after all of them. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The own rendering of an image with so many channels. */
export function baseView(channels: number): View {
  return {
    z: 2,
    t: 0,
    camera: null,
    channels: Array.from({ length: channels }, (_, index) => ({
      active: index < 3,
      start: 0,
      end: 255 + index,
      color: ["0000FFFF", "00FF00FF", "FF0000FF"][index % 3] ?? "FFFFFFFF",
      lut: null,
      inverted: false,
      family: null,
    })),
    model: "c",
    tab: "channels",
    navigator: true,
    scaleBar: true,
    rois: false,
    projection: "",
    split: false,
    rotation: 0,
    flipped: false,
  };
}

/** Facts about a 16-bit image with so many channels, 31 planes and 48 time points. */
export function imageFacts(channels: number): ImageFacts {
  return {
    id: "Image:42",
    name: "cells.ome.tiff",
    project: null,
    dataset: null,
    thumbnailUrl: "/thumbnails/42.jpg?size=512&v=1",
    tileUrl: "/tiles/42/{level}/{z}/{t}/{x}/{y}.{format}?v=1",
    raw: { template: "/raw/42/{level}/{z}/{t}/{x}/{y}", version: "1" },
    histogramUrl: "/histograms/42",
    width: 2048,
    height: 2048,
    sizeZ: 31,
    sizeT: 48,
    pixelType: "uint16",
    integral: true,
    photograph: false,
    allLevels: true,
    pixelSize: { x: { value: 0.5, unit: "µm" }, y: { value: 0.5, unit: "µm" }, z: null },
    timeStep: { value: 50, unit: "s" },
    levels: [{ index: 0, width: 2048, height: 2048 }],
    channels: Array.from({ length: channels }, (_, index) => ({
      label: `Channel ${index + 1}`,
      emission: null,
      excitation: null,
      min: 0,
      max: 4000,
      typeMin: 0,
      typeMax: 65535,
    })),
    answer: null,
  };
}
