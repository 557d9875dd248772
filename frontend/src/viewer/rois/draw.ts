/** Draws shapes on a canvas: dots and lines of pixels where there are many, smooth lines of a few. */

import type { Camera } from "../engine/camera";
import type { Size } from "../engine/geometry";
import { handlesOf } from "./editing";
import { pixelOf, Raster } from "./raster";
import { boxOf, grouped, outlineOf, type Shape } from "./shape";

export interface DrawFrame {
  readonly camera: Camera;
  readonly viewport: Size;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

export interface Drawn {
  readonly shapes: number;
  readonly dots: number;
  readonly lines: number;
  readonly paths: number;
}

/** Smaller than this on the screen (CSS pixels), a shape is a dot. */
const DOT_BELOW = 3;
/** More shapes than this at once are lines of pixels, unless they are large. */
const SMOOTH_UP_TO = 1500;
const LARGE_FROM = 64;
/** Large shapes are smooth up to this many. */
const MOST_PATHS = 4000;
const MOST_TEXTS = 300;
const HALO = "rgba(0, 0, 0, 0.55)";

export class ShapePainter {
  private readonly pen: CanvasRenderingContext2D;
  private readonly raster = new Raster(1, 1);
  private readonly masks = new WeakMap<Shape, HTMLCanvasElement>();

  constructor(canvas: HTMLCanvasElement) {
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("The browser gives no 2D canvas.");
    this.pen = pen;
  }

  paint(shapes: readonly Shape[], chosen: ReadonlySet<number>, frame: DrawFrame): Drawn {
    const { pen } = this;
    const { width, height } = pen.canvas;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    const sorted = sort(shapes, chosen, frame);
    if (sorted.dots.length + sorted.lines.length > 0) {
      this.raster.clear(width, height);
      for (const shape of sorted.dots) this.dot(shape, frame);
      for (const shape of sorted.lines) this.line(shape, frame);
      pen.putImageData(this.raster.picture, 0, 0);
    } else pen.clearRect(0, 0, width, height);
    for (const shape of sorted.paths) this.fill(shape, frame);
    this.stroke(sorted.paths, frame);
    for (const shape of sorted.texts) this.text(shape, frame);
    for (const shape of shapes) {
      if (!chosen.has(shape.key)) continue;
      this.fill(shape, frame);
      this.chosen(shape, frame);
      if (shape.text !== "") this.text(shape, frame);
    }
    return {
      shapes: shapes.length,
      dots: sorted.dots.length,
      lines: sorted.lines.length,
      paths: sorted.paths.length,
    };
  }

  private dot(shape: Shape, frame: DrawFrame): void {
    const { scale, left, top } = placing(frame);
    const box = boxOf(shape);
    const x = (box.x + box.width / 2) * scale + left;
    const y = (box.y + box.height / 2) * scale + top;
    const side = shape.kind === "POINT" ? 4 : 2;
    this.raster.dot(x, y, Math.round(side * frame.ratio), pixelOf(shape.stroke));
  }

  private line(shape: Shape, frame: DrawFrame): void {
    const { points, closed } = outlineOf(shape);
    const { scale, left, top } = placing(frame);
    const color = pixelOf(shape.stroke);
    const count = points.length / 2;
    // Vertices closer than a pixel are one.
    const step = Math.max(1, Math.floor(count / Math.max(4, boxOf(shape).width * scale)));
    const firstX = (points[0] as number) * scale + left;
    const firstY = (points[1] as number) * scale + top;
    let [x, y] = [firstX, firstY];
    for (let at = step; at < count; at += step) {
      const nextX = (points[2 * at] as number) * scale + left;
      const nextY = (points[2 * at + 1] as number) * scale + top;
      this.raster.line(x, y, nextX, nextY, color);
      x = nextX;
      y = nextY;
    }
    if (closed) this.raster.line(x, y, firstX, firstY, color);
  }

  private fill(shape: Shape, frame: DrawFrame): void {
    const { pen } = this;
    if (shape.kind === "MASK" && shape.bits) return this.mask(shape, frame);
    if (!shape.fill || !outlineOf(shape).closed) return;
    pen.fillStyle = shape.fill;
    pen.beginPath();
    trace(pen, shape, frame);
    pen.fill("evenodd");
  }

  private mask(shape: Shape, frame: DrawFrame): void {
    const picture = this.masks.get(shape) ?? pictureOf(shape);
    this.masks.set(shape, picture);
    const { pen } = this;
    const [x = 0, y = 0, width = 0, height = 0] = shape.numbers;
    const from = onCanvas(frame, x, y);
    const scale = frame.camera.zoom * frame.ratio;
    pen.imageSmoothingEnabled = false;
    pen.globalAlpha = 0.45;
    pen.drawImage(picture, from.x, from.y, width * scale, height * scale);
    pen.globalAlpha = 1;
  }

  /** All lines of one colour in one stroke, over a dark one that keeps them apart from the image. */
  private stroke(shapes: readonly Shape[], frame: DrawFrame): void {
    const { pen } = this;
    const byColor = grouped(shapes, ({ stroke }) => stroke);
    pen.lineJoin = "round";
    for (const [color, some] of byColor) {
      pen.beginPath();
      for (const shape of some) trace(pen, shape, frame);
      if (shapes.length <= SMOOTH_UP_TO) {
        pen.strokeStyle = HALO;
        pen.lineWidth = 4 * frame.ratio;
        pen.stroke();
      }
      pen.strokeStyle = color;
      pen.lineWidth = 2 * frame.ratio;
      pen.stroke();
    }
  }

  private text(shape: Shape, frame: DrawFrame): void {
    const { pen } = this;
    const box = boxOf(shape);
    const { x, y } = onCanvas(frame, box.x, box.y);
    const text = shape.text.length > 80 ? `${shape.text.slice(0, 80)}…` : shape.text;
    pen.font = `${13 * frame.ratio}px system-ui, sans-serif`;
    pen.lineWidth = 3 * frame.ratio;
    pen.strokeStyle = HALO;
    pen.fillStyle = shape.stroke.slice(0, 7);
    const up = shape.kind === "LABEL" ? 0 : 5 * frame.ratio;
    pen.strokeText(text, x, y - up);
    pen.fillText(text, x, y - up);
  }

  /** A brighter line and, where it can be pulled, handles. */
  private chosen(shape: Shape, frame: DrawFrame): void {
    const { pen } = this;
    pen.beginPath();
    trace(pen, shape, frame);
    pen.strokeStyle = "#000000";
    pen.lineWidth = 6 * frame.ratio;
    pen.stroke();
    pen.strokeStyle = "#ffffff";
    pen.lineWidth = 3 * frame.ratio;
    pen.stroke();
    const half = 4 * frame.ratio;
    pen.lineWidth = 1.5 * frame.ratio;
    for (const handle of shape.mayEdit ? handlesOf(shape) : []) {
      const { x, y } = onCanvas(frame, handle.x, handle.y);
      pen.fillStyle = "#ffffff";
      pen.strokeStyle = "#000000";
      pen.fillRect(x - half, y - half, 2 * half, 2 * half);
      pen.strokeRect(x - half, y - half, 2 * half, 2 * half);
    }
  }
}

function sort(shapes: readonly Shape[], chosen: ReadonlySet<number>, { camera }: DrawFrame) {
  const dots: Shape[] = [];
  const lines: Shape[] = [];
  const paths: Shape[] = [];
  const isMany = shapes.length > SMOOTH_UP_TO;
  for (const shape of shapes) {
    if (chosen.has(shape.key)) continue;
    const box = boxOf(shape);
    const size = Math.max(box.width, box.height) * camera.zoom;
    const isPoint = shape.kind === "POINT" || shape.kind === "LABEL";
    if (isMany ? size < DOT_BELOW : size < DOT_BELOW && !isPoint) dots.push(shape);
    else if (isMany && (size < LARGE_FROM || paths.length >= MOST_PATHS)) lines.push(shape);
    else paths.push(shape);
  }
  const named = paths.filter(({ text }) => text !== "");
  return { dots, lines, paths, texts: named.length <= MOST_TEXTS ? named : [] };
}

function trace(pen: CanvasRenderingContext2D, shape: Shape, frame: DrawFrame): void {
  if (shape.kind === "POINT") return cross(pen, shape, frame);
  const { points, closed } = outlineOf(shape);
  if (shape.kind === "LABEL") return;
  for (let at = 0; at + 1 < points.length; at += 2) {
    const { x, y } = onCanvas(frame, points[at] as number, points[at + 1] as number);
    if (at === 0) pen.moveTo(x, y);
    else pen.lineTo(x, y);
  }
  if (closed) pen.closePath();
  if (shape.arrows[0]) arrow(pen, frame, points, 0, 2);
  if (shape.arrows[1]) arrow(pen, frame, points, points.length - 2, points.length - 4);
}

function arrow(
  pen: CanvasRenderingContext2D,
  frame: DrawFrame,
  points: readonly number[],
  at: number,
  from: number,
): void {
  const tip = onCanvas(frame, points[at] as number, points[at + 1] as number);
  const tail = onCanvas(frame, points[from] as number, points[from + 1] as number);
  const angle = Math.atan2(tip.y - tail.y, tip.x - tail.x);
  const size = 10 * frame.ratio;
  for (const turn of [0.45, -0.45]) {
    pen.moveTo(tip.x, tip.y);
    pen.lineTo(tip.x - size * Math.cos(angle + turn), tip.y - size * Math.sin(angle + turn));
  }
}

function cross(pen: CanvasRenderingContext2D, shape: Shape, frame: DrawFrame): void {
  const [px = 0, py = 0] = outlineOf(shape).points;
  const { x, y } = onCanvas(frame, px, py);
  const size = 6 * frame.ratio;
  pen.moveTo(x - size, y);
  pen.lineTo(x + size, y);
  pen.moveTo(x, y - size);
  pen.lineTo(x, y + size);
}

/** A bitmap as a picture in its colour. */
function pictureOf(shape: Shape): HTMLCanvasElement {
  const [, , w = 0, h = 0] = shape.numbers;
  const [width, height] = [Math.max(1, Math.round(w)), Math.max(1, Math.round(h))];
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const data = new ImageData(width, height);
  const pixels = new Uint32Array(data.data.buffer);
  const color = pixelOf(shape.stroke);
  const bits = shape.bits ?? new Uint8Array();
  for (let at = 0; at < pixels.length; at += 1)
    if (((bits[at >> 3] ?? 0) >> (7 - (at & 7))) & 1) pixels[at] = color;
  canvas.getContext("2d")?.putImageData(data, 0, 0);
  return canvas;
}

function onCanvas(frame: DrawFrame, x: number, y: number) {
  const { scale, left, top } = placing(frame);
  return { x: x * scale + left, y: y * scale + top };
}

/** From pixels of the image to pixels of the canvas. */
function placing({ camera, viewport, ratio }: DrawFrame) {
  const scale = camera.zoom * ratio;
  return {
    scale,
    left: (viewport.width / 2) * ratio - camera.x * scale,
    top: (viewport.height / 2) * ratio - camera.y * scale,
  };
}
