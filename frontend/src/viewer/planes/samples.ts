/** Samples of one channel as the server sends them, turned into typed arrays. */

export type SampleType =
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "float32"
  | "float64";

export type SampleArray =
  | Uint8Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** Grey levels that the bytes 0 and 255 of a companded plane stand for. */
export interface Companding {
  readonly black: number;
  readonly white: number;
}

/** One channel of one tile. */
export interface Plane {
  readonly type: SampleType;
  readonly width: number;
  readonly height: number;
  /** Rows from the top, left to right. */
  readonly data: SampleArray;
  /** Set where the bytes are square roots: a preview of the samples. */
  readonly companding: Companding | null;
}

const WIDTHS: Readonly<Record<SampleType, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  float64: 8,
};

/** The type of that name; null for one that is not windowed here. */
export function sampleType(name: string): SampleType | null {
  if (name === "bool") return "uint8";
  return name in WIDTHS ? (name as SampleType) : null;
}

export function bytesOf(type: SampleType): number {
  return WIDTHS[type];
}

/** How many values a type has, when a table of all of them is small; else 0. */
export function tableSize(type: SampleType): number {
  return WIDTHS[type] <= 2 ? 256 ** WIDTHS[type] : 0;
}

/**
 * Joins the bytes of shuffled samples.
 *
 * @param bytes first the lowest byte of every sample, then the next byte of every sample …
 */
export function unshuffled(bytes: Uint8Array, type: SampleType): SampleArray {
  const width = WIDTHS[type];
  const count = bytes.length / width;
  if (width === 1) return typed(bytes.slice().buffer, type);
  if (width === 2) {
    const joined = new Uint16Array(count);
    for (let at = 0; at < count; at += 1)
      joined[at] = (bytes[at] as number) | ((bytes[count + at] as number) << 8);
    return typed(joined.buffer, type);
  }
  const joined = new Uint8Array(bytes.length);
  for (let byte = 0; byte < width; byte += 1) {
    const from = byte * count;
    for (let at = 0; at < count; at += 1) joined[at * width + byte] = bytes[from + at] as number;
  }
  return typed(joined.buffer, type);
}

type MakeArray = new (buffer: ArrayBuffer) => SampleArray;

const ARRAYS: Readonly<Record<SampleType, MakeArray>> = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** Little-endian memory as samples; every browser's processors are little-endian. */
function typed(buffer: ArrayBuffer, type: SampleType): SampleArray {
  return new ARRAYS[type](buffer);
}

/** The sample's value; of a preview, the grey level its byte stands for. */
export function valueAt(plane: Plane, x: number, y: number): number | null {
  if (x < 0 || y < 0 || x >= plane.width || y >= plane.height) return null;
  const sample = plane.data[y * plane.width + x] ?? null;
  return sample === null || !plane.companding ? sample : expanded(sample, plane.companding);
}

/** The grey level that a byte of a preview stands for. */
export function expanded(byte: number, { black, white }: Companding): number {
  return black + (byte / 255) ** 2 * (white - black);
}
