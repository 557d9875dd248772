/** Between the server's rows and shapes. */

import type { ShapeInput, ShapeRowFragment, ShapeUpdate } from "../../api/generated/graphql";
import { type Affine, DEFAULT_STROKE, type Kind, type Shape } from "./shape";

export type ShapeRow = ShapeRowFragment;

let lastKey = 0;

/** A new name for a shape on this page. */
export function newKey(): number {
  lastKey += 1;
  return lastKey;
}

/** The shape of a row; null for one whose numbers are not to be read. */
export function shapeOf(row: ShapeRow, key = newKey()): Shape | null {
  const kind = row.id.slice(0, row.id.indexOf(":")).toUpperCase() as Kind;
  const numbers = numbersOf(row);
  if (numbers.length < 2 || !numbers.every(Number.isFinite)) return null;
  const loose = row as Loose;
  const { transform } = row;
  return {
    key,
    id: row.id,
    roi: row.roi?.id ?? null,
    roiName: row.roi?.name ?? "",
    version: row.version,
    kind,
    numbers,
    transform: transform
      ? [transform.a00, transform.a10, transform.a01, transform.a11, transform.a02, transform.a12]
      : null,
    z: row.theZ,
    t: row.theT,
    c: row.theC,
    text: row.text ?? "",
    stroke: row.strokeColor ?? DEFAULT_STROKE,
    fill: row.fillColor,
    arrows: [loose.markerStart === "ARROW", loose.markerEnd === "ARROW"],
    bits: loose.bits ? Uint8Array.from(atob(loose.bits), (each) => each.charCodeAt(0)) : null,
    mayEdit: row.canEdit && row.locked !== true,
    mayDelete: row.canDelete,
  };
}

/** The fields that only some kinds have. */
interface Loose {
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
  readonly radiusX?: number;
  readonly radiusY?: number;
  readonly x1?: number;
  readonly y1?: number;
  readonly x2?: number;
  readonly y2?: number;
  readonly points?: string;
  readonly markerStart?: string | null;
  readonly markerEnd?: string | null;
  readonly bits?: string | null;
}

function numbersOf(row: Loose): number[] {
  if (row.points !== undefined)
    return row.points
      .trim()
      .split(/[\s,]+/)
      .map(Number);
  const all = [
    row.x,
    row.y,
    row.width,
    row.height,
    row.radiusX,
    row.radiusY,
    row.x1,
    row.y1,
    row.x2,
    row.y2,
  ];
  return all.filter((value) => value !== undefined);
}

type Geometry = Pick<
  ShapeUpdate,
  "x" | "y" | "width" | "height" | "radiusX" | "radiusY" | "x1" | "y1" | "x2" | "y2" | "points"
>;

function geometryOf({ kind, numbers }: Shape): Partial<Geometry> {
  const [x = 0, y = 0, a = 0, b = 0] = numbers;
  if (kind === "POLYGON" || kind === "POLYLINE") return { points: pointsText(numbers) };
  if (kind === "LINE") return { x1: x, y1: y, x2: a, y2: b };
  if (kind === "ELLIPSE") return { x, y, radiusX: a, radiusY: b };
  return kind === "RECTANGLE" || kind === "MASK" ? { x, y, width: a, height: b } : { x, y };
}

function pointsText(numbers: readonly number[]): string {
  return numbers
    .map((value, at) => `${value}${at % 2 === 0 ? "," : " "}`)
    .join("")
    .trimEnd();
}

function affineOf(transform: Affine | null) {
  if (!transform) return null;
  const [a00, a10, a01, a11, a02, a12] = transform;
  return { a00, a10, a01, a11, a02, a12 };
}

function looksOf(shape: Shape) {
  return {
    theZ: shape.z,
    theT: shape.t,
    theC: shape.c,
    text: shape.text || null,
    strokeColor: shape.stroke,
    fillColor: shape.fill,
  };
}

/** A shape as it is drawn anew. */
export function inputOf(shape: Shape): ShapeInput {
  const { kind, transform, arrows, bits } = shape;
  const isLine = kind === "LINE" || kind === "POLYLINE";
  return {
    kind,
    ...geometryOf(shape),
    ...looksOf(shape),
    ...(transform ? { transform: affineOf(transform) } : {}),
    ...(isLine && arrows[0] ? { markerStart: "ARROW" as const } : {}),
    ...(isLine && arrows[1] ? { markerEnd: "ARROW" as const } : {}),
    ...(bits ? { bits: base64(bits) } : {}),
  };
}

/** All that can be different about a shape that is saved. */
export function updateOf(shape: Shape): ShapeUpdate {
  const { id, version, transform } = shape;
  return {
    id: id ?? "",
    version,
    ...geometryOf(shape),
    ...looksOf(shape),
    ...(transform ? { transform: affineOf(transform) } : {}),
  };
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
