/** Planes to a picture by the processor: exact, and quicker than a graphics card made of software. */

import { type ChannelRendering, type ColorTable, type Rendering, stepsOf } from "./rendering";
import type { Plane } from "./samples";
import type { Luts } from "./tables";
import { Tables } from "./tables";

/** Turns the planes of a rendering's channels, in its order, into a picture. */
export interface Composer {
  readonly name: "gpu" | "cpu";
  compose(planes: readonly Plane[], rendering: Rendering): Promise<ImageBitmap>;
  /** Says that a plane will not be drawn again soon. */
  forget(plane: Plane): void;
  dispose(): void;
}

export class CpuComposer implements Composer {
  readonly name = "cpu";
  private readonly tables: Tables;

  constructor(luts: Luts) {
    this.tables = new Tables(luts);
  }

  async compose(planes: readonly Plane[], rendering: Rendering): Promise<ImageBitmap> {
    const { width, height } = sizeOf(planes);
    const pixels = composed(planes, rendering, this.tables);
    const image = new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
    return createImageBitmap(image, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  }

  forget(): void {
    // Nothing is kept by plane.
  }

  dispose(): void {
    // Memory is all there is.
  }
}

export function sizeOf(planes: readonly Plane[]): { width: number; height: number } {
  const [first] = planes;
  return { width: first?.width ?? 1, height: first?.height ?? 1 };
}

const OPAQUE = 0xff000000;
const BLACK = 0xff000000;

/** The picture, red in the lowest byte of each pixel; black without channels. */
export function composed(
  planes: readonly Plane[],
  { grey, channels }: Rendering,
  tables: Tables,
): Uint32Array<ArrayBuffer> {
  const { width, height } = sizeOf(planes);
  const out = new Uint32Array(width * height).fill(BLACK);
  const isThree = channels.length === 3 && planes.length === 3;
  if (isThree && addThree(out, planes, { grey, channels }, tables)) return out;
  channels.forEach((channel, at) => {
    const plane = planes[at];
    if (!plane) return;
    const table = tables.samples(plane, channel, grey);
    if (table) addByTable(out, plane, table, at === 0);
    else addByFormula(out, plane, channel, tables.levels(channel, grey), at === 0);
  });
  return out;
}

function addByTable(out: Uint32Array, plane: Plane, table: ColorTable, isFirst: boolean): void {
  const bits = unsigned(plane);
  const count = Math.min(out.length, bits.length);
  if (isFirst) for (let at = 0; at < count; at += 1) out[at] = table[bits[at] as number] as number;
  else
    for (let at = 0; at < count; at += 1)
      out[at] = sum(out[at] as number, table[bits[at] as number] as number);
}

/** Three channels in one pass, which takes half the time; false if one of them has no table. */
function addThree(
  out: Uint32Array,
  planes: readonly Plane[],
  { grey, channels }: Rendering,
  tables: Tables,
): boolean {
  const found = channels.flatMap((channel, at) => {
    const plane = planes[at];
    const table = plane && tables.samples(plane, channel, grey);
    return table ? [{ bits: unsigned(plane), table: new Int32Array(table.buffer) }] : [];
  });
  const [first, second, third] = found;
  if (!first || !second || !third) return false;
  const count = Math.min(out.length, ...found.map(({ bits }) => bits.length));
  for (let at = 0; at < count; at += 1) {
    const a = first.table[first.bits[at] as number] as number;
    const b = second.table[second.bits[at] as number] as number;
    const c = third.table[third.bits[at] as number] as number;
    // Red and blue are added side by side: neither sum reaches the other's bits.
    const outer = (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff);
    const green = ((a >>> 8) & 0xff) + ((b >>> 8) & 0xff) + ((c >>> 8) & 0xff);
    out[at] =
      OPAQUE |
      (Math.min(outer >>> 16, 255) << 16) |
      (Math.min(green, 255) << 8) |
      Math.min(outer & 0xffff, 255);
  }
  return true;
}

/** The samples' bits as whole numbers without sign. */
export function unsigned({ data }: Plane): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  return data.BYTES_PER_ELEMENT === 1
    ? new Uint8Array(data.buffer, data.byteOffset, data.length)
    : new Uint16Array(data.buffer, data.byteOffset, data.length);
}

function addByFormula(
  out: Uint32Array,
  { data }: Plane,
  channel: ChannelRendering,
  colors: ColorTable,
  isFirst: boolean,
): void {
  const count = Math.min(out.length, data.length);
  const { start, end } = channel;
  const isLinear = channel.family === "linear" && end > start;
  const scale = 255 / (end - start);
  const steps = isLinear ? null : stepsOf(channel);
  for (let at = 0; at < count; at += 1) {
    const value = data[at] as number;
    const level = steps
      ? levelBySteps(value, steps)
      : // NaN is in no window.
        value >= end
        ? 255
        : value >= start
          ? ((value - start) * scale + 0.5) | 0
          : 0;
    const color = colors[level] as number;
    out[at] = isFirst ? color : sum(out[at] as number, color);
  }
}

/** How many of the steps a sample reaches. */
function levelBySteps(value: number, steps: Float64Array): number {
  let level = 0;
  for (let bit = 128; bit > 0; bit >>= 1)
    if (value >= (steps[level + bit - 1] as number)) level += bit;
  return level;
}

/** Adds two colours, each component up to 255. */
function sum(a: number, b: number): number {
  // Red and blue are added side by side, with room for a carry between them.
  const outer = (a & 0xff00ff) + (b & 0xff00ff);
  const inner = ((a >>> 8) & 0xff) + ((b >>> 8) & 0xff);
  // A carry fills its component: 0x100 - 1 is 0xff.
  const carries = outer & 0x1000100;
  const full = carries - (carries >>> 8);
  const green = inner > 255 ? 255 : inner;
  return (OPAQUE | ((outer | full) & 0xff00ff) | (green << 8)) >>> 0;
}
