/** Tables that were made once, for as long as something is drawn with them. */

import {
  type ChannelRendering,
  channelKey,
  type ColorTable,
  colorTable,
  sampleTable,
} from "./rendering";
import { type Plane, tableSize } from "./samples";

/** Lookup tables by name: 256 colours of 3 bytes. */
export type Luts = ReadonlyMap<string, Uint8Array>;

/** A map that forgets what was used least recently. */
export class Remembered<T> {
  private readonly held = new Map<string, T>();
  private readonly limit: number;
  private readonly forget: (value: T) => void;

  constructor(limit: number, forget: (value: T) => void = () => undefined) {
    this.limit = limit;
    this.forget = forget;
  }

  get(key: string, make: () => T): T {
    const known = this.held.get(key);
    const value = known ?? make();
    this.held.delete(key);
    this.held.set(key, value);
    for (const [oldest, old] of this.held) {
      if (this.held.size <= this.limit) break;
      this.held.delete(oldest);
      this.forget(old);
    }
    return value;
  }

  clear(): void {
    for (const value of this.held.values()) this.forget(value);
    this.held.clear();
  }
}

/** What names the table that turns samples of a plane into colours. */
export function tableKey(plane: Plane, channel: ChannelRendering, grey: boolean): string {
  const { companding, type } = plane;
  const scale = companding ? `${companding.black}~${companding.white}` : "";
  return `${type}${scale}/${channelKey(channel, grey)}`;
}

/** Colours of levels, and of all samples of small types. */
export class Tables {
  private readonly luts: Luts;
  // A table of 16-bit samples takes 256 KiB.
  private readonly held = new Remembered<ColorTable>(48);

  constructor(luts: Luts) {
    this.luts = luts;
  }

  /** The colour of each level. */
  levels(channel: ChannelRendering, grey: boolean): ColorTable {
    return this.held.get(`levels/${channelKey(channel, grey)}`, () =>
      colorTable(channel, grey, channel.lut === null ? null : (this.luts.get(channel.lut) ?? null)),
    );
  }

  /** The colour of each sample, by its bits; null for types with too many values. */
  samples(plane: Plane, channel: ChannelRendering, grey: boolean): ColorTable | null {
    if (tableSize(plane.type) === 0) return null;
    return this.held.get(tableKey(plane, channel, grey), () =>
      sampleTable(channel, this.levels(channel, grey), plane.type, plane.companding),
    );
  }
}
