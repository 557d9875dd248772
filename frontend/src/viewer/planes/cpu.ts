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
  private readonly canvas = new OffscreenCanvas(1, 1);
  private readonly pen: OffscreenCanvasRenderingContext2D;
  /** Memory that is used again: a new megabyte for each tile costs more than its colours. */
  private image = new ImageData(1, 1);

  /**
   * @throws Error when there is no 2D canvas
   */
  constructor(luts: Luts) {
    this.tables = new Tables(luts);
    // Opaque pictures are put on the screen by copying; with alpha, each pixel is multiplied.
    const pen = this.canvas.getContext("2d", { alpha: false });
    if (!pen) throw new Error("The browser gives no 2D canvas.");
    this.pen = pen;
  }

  async compose(planes: readonly Plane[], rendering: Rendering): Promise<ImageBitmap> {
    const { width, height } = sizeOf(planes);
    if (this.image.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
      this.canvas.width = width;
      this.canvas.height = height;
    }
    compose(new Int32Array(this.image.data.buffer), planes, rendering, this.tables);
    this.pen.putImageData(this.image, 0, 0);
    return this.canvas.transferToImageBitmap();
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

/**
 * Makes the picture, black without channels.
 *
 * @param out the pixels, row by row, red in the lowest byte of each; all are written
 */
export function compose(
  out: Int32Array,
  planes: readonly Plane[],
  { grey, channels }: Rendering,
  tables: Tables,
): void {
  const isThree = channels.length === 3 && planes.length === 3;
  if (isThree && addThree(out, planes, { grey, channels }, tables)) return;
  if (planes.length === 0) out.fill(OPAQUE);
  channels.forEach((channel, at) => {
    const plane = planes[at];
    if (!plane) return;
    const table = tables.samples(plane, channel, grey);
    if (table) addByTable(out, plane, table, at === 0);
    else addByFormula(out, plane, channel, tables.levels(channel, grey), at === 0);
  });
}

function addByTable(out: Int32Array, plane: Plane, table: ColorTable, isFirst: boolean): void {
  const bits = unsigned(plane);
  const count = Math.min(out.length, bits.length);
  if (isFirst) for (let at = 0; at < count; at += 1) out[at] = table[bits[at] as number] as number;
  else
    for (let at = 0; at < count; at += 1)
      out[at] = sum(out[at] as number, table[bits[at] as number] as number);
}

/** Three channels in one pass, which takes half the time; false if one of them has no table. */
function addThree(
  out: Int32Array,
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
    const green = (a & 0xff00) + (b & 0xff00) + (c & 0xff00);
    out[at] =
      OPAQUE |
      (Math.min(outer >>> 16, 255) << 16) |
      Math.min(green, 0xff00) |
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
  out: Int32Array,
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
