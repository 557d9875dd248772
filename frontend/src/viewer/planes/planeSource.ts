/** Tiles that are coloured on this side, from planes that are asked for once. */

import type { Point } from "../engine/geometry";
import type { Level } from "../engine/levels";
import { bitmapTile } from "../engine/serverSource";
import { type Source, type Tile, TileError, type Variant } from "../engine/source";
import type { TileAddress } from "../engine/tiles";
import type { Crew } from "./crew";
import type { Rendering } from "./rendering";
import type { PlanePlace } from "./wire";

/** Looks lookup tables up by name: 256 colours of 3 bytes; null for one that is not known. */
export type FindLut = (name: string) => Promise<Uint8Array | null>;

export interface PlaneSourceOptions {
  readonly crew: Pick<Crew, "tile" | "values" | "keep" | "teach" | "dispose">;
  /** Renders what cannot be coloured here. */
  readonly server: Source;
  readonly findLut: FindLut;
  /** Renderings that are the server's anyway, such as a photograph as it was stored. */
  readonly isServers: (variant: Variant) => boolean;
}

/** Refusals that say: there are no such planes to be had, whatever the tile. */
const NO_PLANES = new Set(["http_404", "http_405", "unsupported_pixel_type", "no_worker"]);

export class PlaneSource implements Source {
  readonly levels: readonly Level[];
  readonly tileSize: number;
  private readonly options: PlaneSourceOptions;
  private readonly taught = new Set<string>();
  private isAvailable = true;
  private kept = "";

  constructor(options: PlaneSourceOptions) {
    this.options = options;
    this.levels = options.server.levels;
    this.tileSize = options.server.tileSize;
  }

  variantKey(variant: Variant): string {
    if (!this.renderingOf(variant)) return this.options.server.variantKey(variant);
    const { z, t, style } = variant;
    return `${z}/${t}/${style}`;
  }

  /** Windows, colours and the like change nothing of what is needed. */
  dataKey(variant: Variant): string {
    const rendering = this.renderingOf(variant);
    if (!rendering) return this.options.server.dataKey(variant);
    const { z, t, projection = "" } = variant;
    return `planes/${z}/${t}/${projection}/${channelsOf(rendering).join()}`;
  }

  isExact(variant: Variant): boolean {
    return this.renderingOf(variant) !== null || this.options.server.isExact(variant);
  }

  async load(address: TileAddress, variant: Variant, signal: AbortSignal): Promise<Tile> {
    const { server, crew } = this.options;
    const rendering = this.renderingOf(variant);
    if (!rendering) return server.load(address, variant, signal);
    // Whoever colours it, what is shown as exact is exact.
    const byServer = (): Promise<Tile> =>
      server.load(address, { ...variant, lossless: true }, signal);
    if (!this.isAvailable || !(await this.hasLuts(rendering))) return byServer();
    try {
      const order = { place: this.place(address, variant), rendering, quality: "exact" } as const;
      return bitmapTile(address, await crew.tile(order, signal));
    } catch (error) {
      if (!(error instanceof TileError) || !NO_PLANES.has(error.code)) throw error;
      this.isAvailable = false;
      return byServer();
    }
  }

  keep(visible: readonly TileAddress[], variant: Variant): void {
    const rendering = this.renderingOf(variant);
    if (!rendering) return;
    const places = visible.map((address) => this.place(address, variant));
    const key = `${this.dataKey(variant)} ${places.map(({ level, x, y }) => `${level}/${x}/${y}`).join()}`;
    if (key === this.kept) return;
    this.kept = key;
    this.options.crew.keep(places, channelsOf(rendering));
  }

  async values(point: Point, level: number, variant: Variant): Promise<readonly (number | null)[]> {
    const rendering = this.renderingOf(variant);
    const scale = this.levels[level]?.scale;
    if (!rendering || !scale || !this.isAvailable) return [];
    const [x, y] = [Math.floor(point.x / scale.width), Math.floor(point.y / scale.height)];
    const { tileSize } = this;
    const address = { level, x: Math.floor(x / tileSize), y: Math.floor(y / tileSize) };
    const place = this.place(address, variant);
    return this.options.crew.values(place, channelsOf(rendering), x % tileSize, y % tileSize);
  }

  dispose(): void {
    this.options.crew.dispose();
  }

  private renderingOf(variant: Variant): Rendering | null {
    return this.options.isServers(variant) ? null : (variant.rendering ?? null);
  }

  private place({ level, x, y }: TileAddress, variant: Variant): PlanePlace {
    const { z, t, projection = "" } = variant;
    return { level: this.levels[level]?.index ?? level, z, t, x, y, projection };
  }

  /** Whether all lookup tables are known, and the workers know them. */
  private async hasLuts({ grey, channels }: Rendering): Promise<boolean> {
    if (grey) return true;
    for (const { lut } of channels) {
      if (lut === null || this.taught.has(lut)) continue;
      const colors = await this.options.findLut(lut);
      if (!colors) return false;
      this.options.crew.teach(lut, colors);
      this.taught.add(lut);
    }
    return true;
  }
}

function channelsOf({ channels }: Rendering): number[] {
  return channels.map(({ index }) => index);
}
