/** Where tiles come from, and what a tile is: the seam between scheduling and data. */

import type { Level } from "./levels";
import type { TileAddress } from "./tiles";

/**
 * What of the image is shown: a plane and the way it is rendered.
 *
 * `style` is opaque to the engine. A source that lets the server render puts it in the
 * request; a source of raw planes ignores it, and the renderer applies it while drawing.
 */
export interface Variant {
  readonly z: number;
  readonly t: number;
  readonly style: string;
  /** Whether the pixels must be the server's own, bit for bit; JPEG will do otherwise. */
  readonly lossless?: boolean;
}

/** Pixels ready to be drawn by a renderer that understands their kind. */
export type TileContent =
  | { readonly kind: "bitmap"; readonly bitmap: ImageBitmap }
  | {
      readonly kind: "planes";
      readonly channels: readonly number[];
      readonly data: readonly ArrayBufferView[];
    };

export interface Tile {
  readonly address: TileAddress;
  readonly width: number;
  readonly height: number;
  /** Memory held, for the cache budget. */
  readonly bytes: number;
  readonly content: TileContent;
  /** Gives the memory back; the tile is not drawn afterwards. */
  release(): void;
}

export interface Source {
  readonly levels: readonly Level[];
  readonly tileSize: number;
  /** Which data a variant needs: variants with equal keys share their tiles. */
  variantKey(variant: Variant): string;
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
