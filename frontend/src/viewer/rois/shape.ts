/** Shapes as the viewer holds them: numbers by kind, and what follows from them. */

import type { Point, Rect } from "../engine/geometry";

export type Kind =
  | "POINT"
  | "LINE"
  | "POLYLINE"
  | "POLYGON"
  | "RECTANGLE"
  | "ELLIPSE"
  | "LABEL"
  | "MASK";

/** a00 a10 a01 a11 a02 a12, as in OME. */
export type Affine = readonly [number, number, number, number, number, number];

export interface Shape {
  /** Its name here, which it keeps when it is saved. */
  readonly key: number;
  /** Null until it is saved. */
  readonly id: string | null;
  readonly roi: string | null;
  readonly roiName: string;
  readonly version: number;
  readonly kind: Kind;
  /**
   * Pixels of the full resolution. Rectangles and masks: x, y, width, height. Ellipses: centre,
   * two radii. Points and labels: x, y. All others: x, y of each vertex.
   */
  readonly numbers: readonly number[];
  readonly transform: Affine | null;
  /** Zero-based; null is on all. */
  readonly z: number | null;
  readonly t: number | null;
  readonly c: number | null;
  readonly text: string;
  /** #RRGGBBAA. */
  readonly stroke: string;
  readonly fill: string | null;
  readonly arrows: readonly [boolean, boolean];
  /** Of masks: one bit for each pixel, rows first, highest bit first. */
  readonly bits: Uint8Array | null;
  readonly mayEdit: boolean;
  readonly mayDelete: boolean;
}

export interface Outline {
  /** x, y of each vertex on the image. */
  readonly points: readonly number[];
  readonly closed: boolean;
}

export const DEFAULT_STROKE = "#FFD166FF";

const CLOSED: ReadonlySet<Kind> = new Set(["RECTANGLE", "ELLIPSE", "POLYGON", "MASK"]);
const outlines = new WeakMap<Shape, Outline>();
const boxes = new WeakMap<Shape, Rect>();

/** Whether a kind has an inside that can be measured. */
export function hasArea(kind: Kind): boolean {
  return CLOSED.has(kind);
}

/** The shape as a line of straight pieces on the image, its transform applied. */
export function outlineOf(shape: Shape): Outline {
  let outline = outlines.get(shape);
  if (!outline) {
    outline = { points: moved(corners(shape), shape.transform), closed: CLOSED.has(shape.kind) };
    outlines.set(shape, outline);
  }
  return outline;
}

function corners({ kind, numbers }: Shape): readonly number[] {
  const [x = 0, y = 0, a = 0, b = 0] = numbers;
  if (kind === "RECTANGLE" || kind === "MASK") return [x, y, x + a, y, x + a, y + b, x, y + b];
  return kind === "ELLIPSE" ? ellipse(x, y, a, b) : numbers;
}

/** Pieces enough that they are off by less than a tenth of a pixel. */
function ellipse(x: number, y: number, a: number, b: number): number[] {
  const radius = Math.max(a, b, 1);
  const count = Math.min(256, Math.max(16, Math.ceil(Math.PI / Math.acos(1 - 0.1 / radius))));
  const points: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const angle = (2 * Math.PI * at) / count;
    points.push(x + a * Math.cos(angle), y + b * Math.sin(angle));
  }
  return points;
}

function moved(points: readonly number[], transform: Affine | null): readonly number[] {
  if (!transform) return points;
  const [a00, a10, a01, a11, a02, a12] = transform;
  return points.map((value, at) => {
    const isX = at % 2 === 0;
    const x = isX ? value : (points[at - 1] ?? 0);
    const y = isX ? (points[at + 1] ?? 0) : value;
    return isX ? a00 * x + a01 * y + a02 : a10 * x + a11 * y + a12;
  });
}

/** The smallest upright rectangle around a shape. */
export function boxOf(shape: Shape): Rect {
  let box = boxes.get(shape);
  if (!box) {
    box = around(outlineOf(shape).points);
    boxes.set(shape, box);
  }
  return box;
}

export function around(points: readonly number[]): Rect {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at + 1 < points.length; at += 2) {
    const x = points[at] as number;
    const y = points[at + 1] as number;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return left > right
    ? { x: 0, y: 0, width: 0, height: 0 }
    : { x: left, y: top, width: right - left, height: bottom - top };
}

/** Whether a shape is on a plane of the image. */
export function isOn(shape: Shape, z: number, t: number): boolean {
  return (shape.z === null || shape.z === z) && (shape.t === null || shape.t === t);
}

/**
 * How far a point is from a shape, in image pixels.
 *
 * Inside of something closed it is as far as `reach`, so that lines win over what is around them.
 */
export function distanceTo(shape: Shape, point: Point, reach: number): number {
  const { points, closed } = outlineOf(shape);
  let least = Infinity;
  let inside = false;
  const count = points.length / 2;
  for (let at = 0; at < count; at += 1) {
    if (at === 0 && !closed && count > 1) continue;
    const before = (at + count - 1) % count;
    const [x1, y1] = [points[2 * before] as number, points[2 * before + 1] as number];
    const [x2, y2] = [points[2 * at] as number, points[2 * at + 1] as number];
    least = Math.min(least, toSegment(point, x1, y1, x2, y2));
    if (y1 > point.y !== y2 > point.y && point.x < ((x2 - x1) * (point.y - y1)) / (y2 - y1) + x1)
      inside = !inside;
  }
  return closed && inside ? Math.min(least, reach) : least;
}

function toSegment({ x, y }: Point, x1: number, y1: number, x2: number, y2: number): number {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((x - x1) * dx + (y - y1) * dy) / length;
  const at = Math.min(1, Math.max(0, along));
  return Math.hypot(x - x1 - at * dx, y - y1 - at * dy);
}

/** Length of an open line in image pixels; 0 for everything else. */
export function lengthOf(shape: Shape): number {
  if (shape.kind !== "LINE" && shape.kind !== "POLYLINE") return 0;
  const { points } = outlineOf(shape);
  let sum = 0;
  for (let at = 2; at + 1 < points.length; at += 2) {
    const dx = (points[at] as number) - (points[at - 2] as number);
    sum += Math.hypot(dx, (points[at + 1] as number) - (points[at - 1] as number));
  }
  return sum;
}

/** Things by what `keyOf` says of them, in their order. */
export function grouped<T>(all: Iterable<T>, keyOf: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of all) {
    const key = keyOf(each);
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return groups;
}
