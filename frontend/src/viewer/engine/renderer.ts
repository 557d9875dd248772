/** Puts tiles on the canvas, whoever coloured them. */

import type { Rect, Size } from "./geometry";
import type { Tile } from "./source";

/** Draws one frame after another; all `to` rectangles are in device pixels. */
export interface Renderer {
  readonly name: string;
  /** Sets the size of the drawing surface, in device pixels. */
  resize(size: Size): void;
  begin(): void;
  /** Limits drawing to a rectangle (the image), so that rounded-up levels do not spill. */
  clip(to: Rect): void;
  draw(tile: Tile, from: Rect, to: Rect, smooth: boolean): void;
  /** Marks a place whose pixels could not be had. */
  hatch(to: Rect): void;
  end(): void;
  dispose(): void;
}

export class Canvas2dRenderer implements Renderer {
  readonly name = "canvas2d";
  private readonly context: CanvasRenderingContext2D;
  private hatching: CanvasPattern | null = null;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d", { alpha: true });
    if (!context) throw new Error("The browser gives no 2D canvas.");
    this.context = context;
  }

  resize({ width, height }: Size): void {
    const { canvas } = this.context;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
  }

  begin(): void {
    const { context } = this;
    context.save();
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  }

  clip(to: Rect): void {
    const { context } = this;
    const { left, top, width, height } = snapped(to);
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
  }

  draw(tile: Tile, from: Rect, to: Rect, smooth: boolean): void {
    const { context } = this;
    const { left, top, width, height } = snapped(to);
    if (width <= 0 || height <= 0) return;
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = "medium";
    const { bitmap } = tile;
    context.drawImage(bitmap, from.x, from.y, from.width, from.height, left, top, width, height);
  }

  hatch(to: Rect): void {
    const { context } = this;
    const { left, top, width, height } = snapped(to);
    this.hatching ??= hatchPattern(context);
    if (!this.hatching) return;
    context.fillStyle = this.hatching;
    context.fillRect(left, top, width, height);
  }

  end(): void {
    this.context.restore();
  }

  dispose(): void {
    this.resize({ width: 1, height: 1 });
  }
}

/** Edges on whole device pixels: neighbours share them, so no seam shows. */
function snapped(to: Rect): { left: number; top: number; width: number; height: number } {
  const left = Math.round(to.x);
  const top = Math.round(to.y);
  return {
    left,
    top,
    width: Math.round(to.x + to.width) - left,
    height: Math.round(to.y + to.height) - top,
  };
}

function hatchPattern(context: CanvasRenderingContext2D): CanvasPattern | null {
  const cell = document.createElement("canvas");
  cell.width = 16;
  cell.height = 16;
  const pen = cell.getContext("2d");
  if (!pen) return null;
  pen.fillStyle = "#1d1d20";
  pen.fillRect(0, 0, 16, 16);
  pen.strokeStyle = "#55555c";
  pen.lineWidth = 2;
  for (const offset of [-16, 0, 16]) {
    pen.moveTo(offset, 16);
    pen.lineTo(offset + 16, 0);
  }
  pen.stroke();
  return context.createPattern(cell, "repeat");
}
