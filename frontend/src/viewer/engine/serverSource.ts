/** Tiles that the server renders to RGB. */

import type { Level } from "./levels";
import { type Source, type Tile, TileError, type Variant } from "./source";
import type { TileAddress } from "./tiles";

/** What the server says when it cannot answer. */
interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string; readonly remedy?: string };
}

export interface ServerSourceOptions {
  readonly levels: readonly Level[];
  /** `/tiles/42/{level}/{z}/{t}/{x}/{y}.{format}?v=…` */
  readonly template: string;
  readonly tileSize?: number;
  /** What tiles come as unless they must be lossless. */
  readonly format?: "jpg" | "webp" | "png";
  readonly fetch?: typeof fetch;
  readonly decode?: (blob: Blob) => Promise<ImageBitmap>;
}

export class ServerSource implements Source {
  readonly levels: readonly Level[];
  readonly tileSize: number;
  private readonly template: string;
  private readonly format: string;
  private readonly fetch: typeof fetch;
  private readonly decode: (blob: Blob) => Promise<ImageBitmap>;

  constructor(options: ServerSourceOptions) {
    this.levels = options.levels;
    this.tileSize = options.tileSize ?? 512;
    this.template = options.template;
    this.format = options.format ?? "jpg";
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.decode = options.decode ?? decodeExactly;
  }

  variantKey(variant: Variant): string {
    const exact = variant.lossless ? "!" : "";
    return `${variant.z}/${variant.t}/${exact}${variant.style}`;
  }

  /** Every rendering is asked of the server. */
  dataKey(variant: Variant): string {
    return this.variantKey(variant);
  }

  isExact(variant: Variant): boolean {
    return Boolean(variant.lossless);
  }

  /** The address of a tile; `variant.style` is a query such as `c=1:10-200&m=g`, or empty. */
  url(address: TileAddress, variant: Variant): string {
    const level = this.levels[address.level]?.index ?? address.level;
    const values: Record<string, string | number> = {
      level,
      z: variant.z,
      t: variant.t,
      x: address.x,
      y: address.y,
      format: variant.lossless ? "png" : this.format,
    };
    const path = this.template.replace(/\{(\w+)\}/g, (whole, name: string) =>
      String(values[name] ?? whole),
    );
    const extra = [this.tileSize === 512 ? "" : `size=${this.tileSize}`, variant.style]
      .filter(Boolean)
      .join("&");
    if (!extra) return path;
    return path + (path.includes("?") ? "&" : "?") + extra;
  }

  async load(address: TileAddress, variant: Variant, signal: AbortSignal): Promise<Tile> {
    const response = await this.ask(this.url(address, variant), signal);
    if (!response.ok) throw await refusal(response);
    const bitmap = await this.decode(await response.blob()).catch(() => {
      throw new TileError("The server's answer is not a picture.", {
        code: "not_a_picture",
        transient: true,
      });
    });
    signal.throwIfAborted();
    return bitmapTile(address, bitmap);
  }

  private async ask(url: string, signal: AbortSignal): Promise<Response> {
    try {
      return await this.fetch(url, { signal, credentials: "same-origin" });
    } catch (error) {
      signal.throwIfAborted();
      throw new TileError(`The server does not answer (${String(error)}).`, {
        code: "unreachable",
        transient: true,
      });
    }
  }
}

/** The bytes as they are: no colour management, no alpha multiplication. */
function decodeExactly(blob: Blob): Promise<ImageBitmap> {
  return createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
}

/** A tile around a decoded picture. */
export function bitmapTile(address: TileAddress, bitmap: ImageBitmap): Tile {
  return {
    address,
    width: bitmap.width,
    height: bitmap.height,
    bytes: bitmap.width * bitmap.height * 4,
    bitmap,
    release: () => bitmap.close(),
  };
}

/** Why the server refused, in its own words. */
export async function refusal(response: Response): Promise<TileError> {
  const body = (await response.json().catch(() => ({}))) as ErrorBody;
  const { code, message, remedy } = body.error ?? {};
  const transient = response.status >= 500 || response.status === 429 || response.status === 408;
  return new TileError(message ?? `The server answered ${response.status}.`, {
    code: code ?? `http_${response.status}`,
    transient,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
