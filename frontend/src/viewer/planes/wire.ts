/** Raw planes over HTTP: the address of a request, and the answer's headers and bytes. */

import { TileError } from "../engine/source";
import {
  bytesOf,
  type Companding,
  type Plane,
  type SampleArray,
  sampleType,
  unshuffled,
} from "./samples";

export type Quality = "exact" | "preview";

/** A tile of a plane, in the server's numbers. */
export interface PlanePlace {
  readonly level: number;
  readonly z: number;
  readonly t: number;
  readonly x: number;
  readonly y: number;
  /** `max:4-18`, or empty for the plane alone. */
  readonly projection: string;
}

/** Where raw planes of an image are: `/raw/42/{level}/{z}/{t}/{x}/{y}`, and the version asked for. */
export interface RawRoute {
  readonly template: string;
  readonly version: string;
  readonly tileSize: number;
}

/** The address of channels (zero-based) of a tile. */
export function rawUrl(
  route: RawRoute,
  place: PlanePlace,
  channels: readonly number[],
  quality: Quality,
): string {
  const values: Record<string, number> = { ...place, projection: 0 };
  const path = route.template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    String(values[name] ?? whole),
  );
  const query = [
    `c=${channels.map((channel) => channel + 1).join(",")}`,
    `size=${route.tileSize}`,
    `e=${quality === "exact" ? "shuffle" : "preview"}`,
    place.projection && `p=${place.projection}`,
    route.version && `v=${route.version}`,
  ];
  return `${path}?${query.filter(Boolean).join("&")}`;
}

/** What the pictures of a preview are unpacked with: rows of grey bytes. */
export type Unpack = (blob: Blob) => Promise<Uint8Array>;

/**
 * Reads the planes of an answer, in the order in which their channels were asked for.
 *
 * @throws TileError when the answer is not what its headers say
 */
export async function readPlanes(
  response: Response,
  count: number,
  unpack: Unpack,
): Promise<Plane[]> {
  const shape = (response.headers.get("x-shape") ?? "").split(",").map(Number);
  const [channels = 0, height = 0, width = 0] = shape;
  const named = response.headers.get("x-dtype") ?? "";
  const isSound = channels === count && height > 0 && width > 0;
  if (!isSound) throw broken(`its shape is ${shape.join(" × ")}`);
  const companding = compandings(response.headers);
  const isPreview = companding.length > 0;
  const type = isPreview ? "uint8" : sampleType(named);
  if (!type) throw broken(`its samples are ${named || "of no type"}`);
  const bytes = isPreview
    ? await unpack(await response.blob())
    : new Uint8Array(await response.arrayBuffer());
  const size = width * height * bytesOf(type);
  if (bytes.length < size * count) throw broken(`it has ${bytes.length} bytes`);
  return Array.from({ length: count }, (_, at) => ({
    type,
    width,
    height,
    data: unshuffled(bytes.subarray(at * size, (at + 1) * size), type),
    companding: isPreview ? (companding[at] ?? null) : null,
  }));
}

/** Black and white of each channel of a preview. */
function compandings(headers: Headers): Companding[] {
  const numbers = (name: string): number[] =>
    (headers.get(name) ?? "").split(",").filter(Boolean).map(Number);
  const whites = numbers("x-white");
  return numbers("x-black").map((black, at) => ({ black, white: whites[at] ?? black }));
}

function broken(how: string): TileError {
  return new TileError(`The server's answer is not the planes asked for: ${how}.`, {
    code: "not_planes",
    transient: true,
  });
}

export function memoryOf({ data }: { readonly data: SampleArray }): number {
  return data.byteLength;
}
