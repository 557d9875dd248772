/** From samples to colours: the server's pipeline as tables, level for level. */

import { type Companding, expanded, type SampleType, tableSize } from "./samples";

export type FamilyName = "linear" | "polynomial" | "exponential" | "logarithmic";

/** How one channel is shown; everything that decides its colours. */
export interface ChannelRendering {
  /** Zero-based number at the server. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
  readonly family: FamilyName;
  readonly coefficient: number;
  readonly inverted: boolean;
  /** Red, green, blue, alpha; 0 to 255. */
  readonly color: readonly [number, number, number, number];
  /** Name of the lookup table that is used instead of the colour. */
  readonly lut: string | null;
}

/** The channels that are seen, in order; grey shows one. */
export interface Rendering {
  readonly grey: boolean;
  readonly channels: readonly ChannelRendering[];
}

/** 256 colours, each red in the lowest byte, then green, blue, alpha 255. */
export type ColorTable = Uint32Array<ArrayBuffer>;

const OPAQUE = 0xff000000;

/** The families' own curves, before they are stretched to 0 … 255. */
function familyOf(x: number, family: FamilyName, coefficient: number): number {
  if (family === "linear") return x;
  if (family === "logarithmic") return Math.log(Math.max(x, 1));
  const power = x ** coefficient;
  return family === "exponential" ? Math.exp(power) : power;
}

/** The level 0 … 255 of a sample; NaN is dark. */
export function levelOf(value: number, channel: ChannelRendering): number {
  const { start, end, family, coefficient } = channel;
  if (value >= end) return 255;
  if (!(value >= start)) return 0;
  const place = (255 * (value - start)) / (end - start);
  if (family === "linear") return Math.floor(place + 0.5);
  const zero = familyOf(0, family, coefficient);
  const scale = 255 / (familyOf(255, family, coefficient) - zero);
  const level = scale * (familyOf(place, family, coefficient) - zero);
  // Infinity times zero, where the exponential leaves the range of doubles, is dark.
  return Number.isNaN(level) ? 0 : Math.min(255, Math.max(0, Math.floor(level + 0.5)));
}

/** The smallest samples of levels 1 to 255, rising. */
export function stepsOf(channel: ChannelRendering): Float64Array<ArrayBuffer> {
  const { start, end, family } = channel;
  const steps = new Float64Array(255);
  for (let level = 1; level <= 255; level += 1) {
    steps[level - 1] =
      family === "linear"
        ? start + ((level - 0.5) * (end - start)) / 255
        : stepOf(level, channel, steps[level - 2] ?? start);
  }
  return steps;
}

/** Halves the window until no number lies between what reaches the level and what does not. */
function stepOf(level: number, channel: ChannelRendering, from: number): number {
  let low = from;
  let high = channel.end;
  if (levelOf(low, channel) >= level) return low;
  for (let round = 0; round < 64; round += 1) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    if (levelOf(middle, channel) >= level) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * The colour of each level of a channel, inversion included.
 *
 * @param lut 256 colours of 3 bytes, where the channel has a lookup table
 */
export function colorTable(
  channel: ChannelRendering,
  grey: boolean,
  lut: Uint8Array | null,
): ColorTable {
  const table = new Uint32Array(256);
  for (let level = 0; level < 256; level += 1) {
    const shown = channel.inverted ? 255 - level : level;
    table[level] = (grey ? packed(shown, shown, shown) : colorOf(channel, shown, lut)) >>> 0;
  }
  return table;
}

function colorOf({ color }: ChannelRendering, level: number, lut: Uint8Array | null): number {
  if (lut) return packed(lut[3 * level] ?? 0, lut[3 * level + 1] ?? 0, lut[3 * level + 2] ?? 0);
  const [red, green, blue, alpha] = color;
  // Truncated twice, as the server does: first the colour's share, then that of its alpha.
  const part = (component: number): number =>
    Math.trunc(Math.trunc((component / 255) * level) * (alpha / 255));
  return packed(part(red), part(green), part(blue));
}

function packed(red: number, green: number, blue: number): number {
  return OPAQUE | (blue << 16) | (green << 8) | red;
}

/**
 * The colour of each value that a sample of up to 16 bits can have, by the sample's bits read as
 * a whole number without sign.
 */
export function sampleTable(
  channel: ChannelRendering,
  colors: ColorTable,
  type: SampleType,
  companding: Companding | null,
): ColorTable {
  const size = tableSize(type);
  const signed = type.startsWith("int");
  const table = new Uint32Array(size);
  for (let bits = 0; bits < size; bits += 1) {
    const value = signed && bits >= size / 2 ? bits - size : bits;
    const level = levelOf(companding ? expanded(value, companding) : value, channel);
    table[bits] = colors[level] as number;
  }
  return table;
}

/** What names a channel's tables: equal texts have equal colours. */
export function channelKey(channel: ChannelRendering, grey: boolean): string {
  const { start, end, family, coefficient, inverted, color, lut } = channel;
  const paint = grey ? "grey" : (lut ?? color.join(" "));
  return `${start}:${end}:${family}:${coefficient}:${inverted ? "inv" : ""}:${paint}`;
}
