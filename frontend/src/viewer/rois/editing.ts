/** What a hand does to a shape: move it, pull a handle, set or take a vertex. */

import type { Point } from "../engine/geometry";
import { type Affine, around, type Kind, outlineOf, type Shape } from "./shape";

/** A place by which a shape is pulled; `part` says which. */
export interface Handle extends Point {
  readonly part: number;
}

/** Boxes are pulled by four corners and four sides: columns and rows 0, 0.5, 1. */
const GRIPS = [
  [0, 0],
  [0.5, 0],
  [1, 0],
  [1, 0.5],
  [1, 1],
  [0.5, 1],
  [0, 1],
  [0, 0.5],
] as const;

const BOXED: ReadonlySet<Kind> = new Set(["RECTANGLE", "ELLIPSE"]);

/** Where a shape can be pulled, on the image; what is transformed can only be moved. */
export function handlesOf(shape: Shape): Handle[] {
  if (shape.transform || shape.kind === "MASK") return [];
  if (BOXED.has(shape.kind)) {
    const { x, y, width, height } = frameOf(shape);
    return GRIPS.map(([across, down], part) => ({
      part,
      x: x + across * width,
      y: y + down * height,
    }));
  }
  if (shape.kind === "POINT" || shape.kind === "LABEL") return [];
  const { points } = outlineOf(shape);
  return Array.from({ length: points.length / 2 }, (_, part) => ({
    part,
    x: points[2 * part] as number,
    y: points[2 * part + 1] as number,
  }));
}

/** The box of a rectangle or ellipse. */
function frameOf({ kind, numbers }: Shape) {
  const [x = 0, y = 0, a = 0, b = 0] = numbers;
  return kind === "ELLIPSE"
    ? { x: x - a, y: y - b, width: 2 * a, height: 2 * b }
    : { x, y, width: a, height: b };
}

function framed(shape: Shape, left: number, top: number, right: number, bottom: number): Shape {
  const [x, y] = [Math.min(left, right), Math.min(top, bottom)];
  const [width, height] = [Math.abs(right - left), Math.abs(bottom - top)];
  const numbers =
    shape.kind === "ELLIPSE"
      ? [x + width / 2, y + height / 2, width / 2, height / 2]
      : [x, y, width, height];
  return { ...shape, numbers };
}

/** The shape with a handle at another place; `even` keeps boxes square. */
export function pulled(shape: Shape, part: number, to: Point, even: boolean): Shape {
  if (!BOXED.has(shape.kind)) {
    const numbers = [...shape.numbers];
    numbers[2 * part] = to.x;
    numbers[2 * part + 1] = to.y;
    return { ...shape, numbers };
  }
  const { x, y, width, height } = frameOf(shape);
  const [across, down] = GRIPS[part] ?? [1, 1];
  let [left, top, right, bottom] = [x, y, x + width, y + height];
  if (across === 0) left = to.x;
  if (across === 1) right = to.x;
  if (down === 0) top = to.y;
  if (down === 1) bottom = to.y;
  if (even && across !== 0.5 && down !== 0.5) {
    const side = Math.max(Math.abs(right - left), Math.abs(bottom - top));
    if (across === 1) right = left + side * Math.sign(right - left || 1);
    else left = right - side * Math.sign(right - left || 1);
    if (down === 1) bottom = top + side * Math.sign(bottom - top || 1);
    else top = bottom - side * Math.sign(bottom - top || 1);
  }
  return framed(shape, left, top, right, bottom);
}

/** A box drawn from one place to another. */
export function spanned(
  shape: Shape,
  from: Point,
  to: Point,
  { even, centred }: { even: boolean; centred: boolean },
): Shape {
  let [dx, dy] = [to.x - from.x, to.y - from.y];
  if (even) {
    const side = Math.max(Math.abs(dx), Math.abs(dy));
    dx = side * Math.sign(dx || 1);
    dy = side * Math.sign(dy || 1);
  }
  if (!BOXED.has(shape.kind))
    return { ...shape, numbers: [from.x, from.y, from.x + dx, from.y + dy] };
  const start = centred ? { x: from.x - dx, y: from.y - dy } : from;
  return framed(shape, start.x, start.y, from.x + dx, from.y + dy);
}

export function shifted(shape: Shape, dx: number, dy: number): Shape {
  if (shape.transform) {
    const [a00, a10, a01, a11, a02, a12] = shape.transform;
    const transform: Affine = [a00, a10, a01, a11, a02 + dx, a12 + dy];
    return { ...shape, transform };
  }
  const isCoordinate = (at: number): boolean =>
    at < 2 || (shape.kind !== "RECTANGLE" && shape.kind !== "ELLIPSE" && shape.kind !== "MASK");
  const numbers = shape.numbers.map((value, at) =>
    isCoordinate(at) ? value + (at % 2 === 0 ? dx : dy) : value,
  );
  return { ...shape, numbers };
}

/** Vertices that are left of a polygon or polyline when one is taken; null when too few are. */
export function withoutVertex(shape: Shape, part: number): Shape | null {
  const least = shape.kind === "POLYGON" ? 3 : 2;
  if (shape.kind !== "POLYGON" && shape.kind !== "POLYLINE") return null;
  if (shape.numbers.length / 2 <= least) return null;
  return { ...shape, numbers: shape.numbers.toSpliced(2 * part, 2) };
}

/** A vertex more, on the piece that is nearest. */
export function withVertex(shape: Shape, at: Point): Shape | null {
  if ((shape.kind !== "POLYGON" && shape.kind !== "POLYLINE") || shape.transform) return null;
  const { numbers } = shape;
  const count = numbers.length / 2;
  let [best, place] = [Infinity, count];
  for (let index = shape.kind === "POLYGON" ? 0 : 1; index < count; index += 1) {
    const before = (index + count - 1) % count;
    const box = [numbers[2 * before], numbers[2 * before + 1], numbers[2 * index]] as number[];
    const end = numbers[2 * index + 1] as number;
    const [x1 = 0, y1 = 0, x2 = 0] = box;
    const whole = Math.hypot(x2 - x1, end - y1);
    const detour = Math.hypot(at.x - x1, at.y - y1) + Math.hypot(x2 - at.x, end - at.y) - whole;
    if (detour < best) [best, place] = [detour, index === 0 ? count : index];
  }
  return { ...shape, numbers: numbers.toSpliced(2 * place, 0, at.x, at.y) };
}

/** Fewer points for a line drawn by hand: none is off by more than `tolerance` (Douglas–Peucker). */
export function simplified(points: readonly number[], tolerance: number): number[] {
  const count = points.length / 2;
  const kept = new Uint8Array(count);
  if (count > 0) kept[0] = kept[count - 1] = 1;
  const open: [number, number][] = [[0, count - 1]];
  for (let piece = open.pop(); piece; piece = open.pop()) {
    const [first, last] = piece;
    let [most, at] = [tolerance, -1];
    for (let index = first + 1; index < last; index += 1) {
      const away = awayFrom(points, index, first, last);
      if (away > most) [most, at] = [away, index];
    }
    if (at < 0) continue;
    kept[at] = 1;
    open.push([first, at], [at, last]);
  }
  return points.filter((_, at) => kept[at >> 1]);
}

function awayFrom(points: readonly number[], index: number, first: number, last: number): number {
  const x = (at: number): number => points[2 * at] as number;
  const y = (at: number): number => points[2 * at + 1] as number;
  const [dx, dy] = [x(last) - x(first), y(last) - y(first)];
  const length = Math.hypot(dx, dy);
  if (length === 0) return Math.hypot(x(index) - x(first), y(index) - y(first));
  return Math.abs(dx * (y(index) - y(first)) - dy * (x(index) - x(first))) / length;
}

/** Numbers with as many digits as a hundredth of a pixel needs. */
export function rounded(shape: Shape): Shape {
  return { ...shape, numbers: shape.numbers.map((value) => Math.round(value * 100) / 100) };
}

/** Whether a shape that was drawn is large enough to be meant. */
export function isMeant(shape: Shape, tolerance: number): boolean {
  if (shape.kind === "POINT" || shape.kind === "LABEL") return true;
  if (shape.kind === "MASK") return true;
  const { width, height } = around(outlineOf(shape).points);
  if (BOXED.has(shape.kind)) return width > tolerance && height > tolerance;
  const enough = shape.kind === "POLYGON" ? 6 : 4;
  return shape.numbers.length >= enough && Math.max(width, height) > tolerance;
}
