/** Where tiles come from, and what a tile is: the seam between scheduling and data. */

import type { Rendering } from "../planes/rendering";
import type { Point } from "./geometry";
import type { Level } from "./levels";
import type { TileAddress } from "./tiles";

/**
 * What of the image is shown: a plane and the way it is rendered.
 *
 * `style` is opaque to the engine and names the rendering. A source that lets the server
 * render puts it in the request; one that windows raw planes itself reads `rendering`.
 */
export interface Variant {
  readonly z: number;
  readonly t: number;
  readonly style: string;
  /** Whether the pixels must be the server's own, bit for bit; JPEG will do otherwise. */
  readonly lossless?: boolean;
  /** What `style` stands for; missing where the server must render. */
  readonly rendering?: Rendering;
  /** `max:4-18` where several planes are shown as one. */
  readonly projection?: string;
}

export interface Tile {
  readonly address: TileAddress;
  readonly width: number;
  readonly height: number;
  /** Memory held, for the cache budget. */
  readonly bytes: number;
  /** What is drawn: the tile's pixels in colour. */
  readonly bitmap: ImageBitmap;
  /** Gives the memory back; the tile is not drawn afterwards. */
  release(): void;
}

export interface Source {
  readonly levels: readonly Level[];
  readonly tileSize: number;
  /** Which tiles show a variant: variants with equal keys share them. */
  variantKey(variant: Variant): string;
  /** Which data a variant is made from: between variants with equal keys nothing is loaded. */
  dataKey(variant: Variant): string;
  /** Whether tiles of a variant hold exactly what the image's pixels give. */
  isExact(variant: Variant): boolean;
  /** Hears what is on the screen, which a cache must not give up. */
  keep?(visible: readonly TileAddress[], variant: Variant): void;
  /** Values of the samples at a point of a level, one for each shown channel. */
  values?(point: Point, level: number, variant: Variant): Promise<readonly (number | null)[]>;
  dispose?(): void;
  /**
   * Loads one tile.
   *
   * @throws TileError when the tile cannot be had; DOMException `AbortError` when aborted
   */
  load(address: TileAddress, variant: Variant, signal: AbortSignal): Promise<Tile>;
}

/** Why a tile could not be had, in the server's words where it said any. */
export class TileError extends Error {
  override readonly name = "TileError";
  readonly code: string;
  readonly remedy: string | undefined;
  /** Whether asking again may help. */
  readonly transient: boolean;

  constructor(message: string, facts: { code: string; remedy?: string; transient: boolean }) {
    super(message);
    this.code = facts.code;
    this.remedy = facts.remedy;
    this.transient = facts.transient;
  }
}
