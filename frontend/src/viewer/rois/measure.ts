/** Measurements: the server counts every sample inside, this side adds what geometry says. */

import { gql } from "../../api/gql";
import type { ImageFacts } from "../state/facts";
import { inMetres } from "../state/units";
import { type Cell, csvOf } from "../../ui/csv";
import { measuredRegions } from "./documents";
import { boxOf, grouped, hasArea, lengthOf, type Shape } from "./shape";
import { r } from "./words";

export interface ChannelMeasure {
  readonly index: number;
  readonly samples: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly deviation: number | null;
}

export interface Measure {
  readonly shape: Shape;
  /** Zero-based plane that was measured. */
  readonly z: number;
  readonly t: number;
  /** Pixels inside; null for what has no area. */
  readonly area: number | null;
  /** Pixels along a line; null for what is none. */
  readonly length: number | null;
  readonly channels: readonly ChannelMeasure[];
}

export interface Plane {
  readonly z: number;
  readonly t: number;
}

/** Regions of one request. */
const BATCH = 50;

/** Measures shapes on their planes; those on all planes on the one given. */
export async function measure(
  shapes: readonly Shape[],
  plane: Plane,
  signal: AbortSignal,
  progress: (done: number) => void = () => undefined,
): Promise<Measure[]> {
  const found = new Map<number, readonly ChannelMeasure[]>();
  const measured = shapes.filter(({ kind, roi }) => hasArea(kind) && roi !== null);
  const byPlane = grouped(measured, (shape) => `${shape.z ?? plane.z}/${shape.t ?? plane.t}`);
  let done = 0;
  for (const some of byPlane.values()) {
    for (let at = 0; at < some.length; at += BATCH) {
      const part = some.slice(at, at + BATCH);
      const answers = await ask(part, placeOf(part[0] as Shape, plane), signal);
      for (const shape of part) found.set(shape.key, answers.get(shape.roi ?? "") ?? []);
      done += part.length;
      progress(done);
    }
  }
  return shapes.map((shape) => measureOf(shape, plane, found.get(shape.key) ?? []));
}

function placeOf(shape: Shape, plane: Plane): Plane {
  return { z: shape.z ?? plane.z, t: shape.t ?? plane.t };
}

function range(at: number) {
  return { first: at, last: at };
}

async function ask(shapes: readonly Shape[], { z, t }: Plane, signal: AbortSignal) {
  const ids = [...new Set(shapes.flatMap(({ roi }) => roi ?? []))];
  const variables = { ids, z: range(z), t: range(t) };
  const { nodes } = await gql(measuredRegions, variables, { signal });
  return new Map(
    nodes.flatMap((node) =>
      node && "statistics" in node
        ? [
            [
              node.id,
              (node.statistics.channels ?? []).map((channel) => ({
                index: channel.index ?? 0,
                samples: channel.samples,
                min: channel.min,
                max: channel.max,
                mean: channel.mean,
                deviation: channel.standardDeviation,
              })),
            ] as const,
          ]
        : [],
    ),
  );
}

function measureOf(shape: Shape, plane: Plane, channels: readonly ChannelMeasure[]): Measure {
  const length = lengthOf(shape);
  return {
    shape,
    ...placeOf(shape, plane),
    area: channels[0]?.samples ?? null,
    length: length > 0 ? length : null,
    channels,
  };
}

/** Square micrometres of a pixel, or null where the file does not say how large pixels are. */
export function pixelArea({ pixelSize }: ImageFacts): number | null {
  const [x, y] = [pixelSize.x && inMetres(pixelSize.x), pixelSize.y && inMetres(pixelSize.y)];
  return x && y ? x * y * 1e12 : null;
}

/** Micrometres of a pixel's side, where both sides are equal. */
export function pixelLength({ pixelSize }: ImageFacts): number | null {
  const [x, y] = [pixelSize.x && inMetres(pixelSize.x), pixelSize.y && inMetres(pixelSize.y)];
  return x && y && Math.abs(x / y - 1) < 1e-6 ? x * 1e6 : null;
}

/** One line for each channel of each shape; a line alone for what has none. */
export function measuresCsv(measures: readonly Measure[], facts: ImageFacts): string {
  const header = [
    r("csv.shape"),
    r("csv.region"),
    r("csv.name"),
    r("csv.text"),
    r("csv.kind"),
    "Z",
    "T",
    r("csv.x"),
    r("csv.y"),
    r("csv.area"),
    r("csv.areaUnit", { unit: "µm²" }),
    r("csv.length"),
    r("csv.lengthUnit", { unit: "µm" }),
    r("csv.channel"),
    r("measure.mean"),
    r("measure.min"),
    r("measure.max"),
    r("measure.std"),
  ];
  const [area, side] = [pixelArea(facts), pixelLength(facts)];
  const rows: Cell[][] = [];
  for (const each of measures) {
    const { shape } = each;
    const box = boxOf(shape);
    const own: Cell[] = [
      shape.id,
      shape.roi,
      shape.roiName,
      shape.text,
      r(`kind.${shape.kind}`),
      each.z + 1,
      each.t + 1,
      box.x + box.width / 2,
      box.y + box.height / 2,
      each.area,
      each.area !== null && area !== null ? each.area * area : null,
      each.length,
      each.length !== null && side !== null ? each.length * side : null,
    ];
    if (each.channels.length === 0) rows.push([...own, null, null, null, null, null]);
    for (const channel of each.channels) {
      const label = facts.channels[channel.index]?.label ?? String(channel.index + 1);
      const { mean, min, max, deviation } = channel;
      rows.push([...own, label, mean, min, max, deviation]);
    }
  }
  return csvOf(header, rows);
}
