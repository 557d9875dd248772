/** Paints pixels: a round brush over the image, and what it painted as a mask. */

import type { Point } from "../engine/geometry";
import type { Shape } from "./shape";

export class Brush {
  last: Point = { x: 0, y: 0 };
  private readonly width: number;
  private readonly height: number;
  private readonly radius: number;
  /** Runs of painted pixels by row: from, to (not included), not in order. */
  private readonly rows = new Map<number, [number, number][]>();

  /** @param radius of the brush, in image pixels */
  constructor(width: number, height: number, radius: number) {
    this.width = width;
    this.height = height;
    this.radius = radius;
  }

  /** Paints from one place to another; a pixel is painted whose centre is inside. */
  stroke(from: Point, to: Point): void {
    this.last = to;
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const steps = Math.max(1, Math.ceil(length / Math.max(0.5, this.radius / 4)));
    for (let step = 0; step <= steps; step += 1) {
      const share = step / steps;
      this.disc(from.x + share * (to.x - from.x), from.y + share * (to.y - from.y));
    }
  }

  /** The painted pixels as a mask with the looks of `shape`. */
  shapeFrom(shape: Shape): Shape {
    const rows = [...this.rows.keys()];
    if (rows.length === 0) return { ...shape, numbers: [0, 0, 0, 0], bits: new Uint8Array() };
    const runs = [...this.rows.values()].flat();
    const top = Math.min(...rows);
    const height = Math.max(...rows) - top + 1;
    const left = Math.min(...runs.map(([from]) => from));
    const width = Math.max(...runs.map(([, to]) => to)) - left;
    const bits = new Uint8Array(Math.ceil((width * height) / 8));
    for (const [row, some] of this.rows)
      for (const [from, to] of some)
        for (let column = from; column < to; column += 1) {
          const at = (row - top) * width + column - left;
          bits[at >> 3] = (bits[at >> 3] as number) | (128 >> (at & 7));
        }
    return { ...shape, numbers: [left, top, width, height], bits };
  }

  private disc(x: number, y: number): void {
    const { radius } = this;
    const first = Math.max(0, Math.ceil(y - radius - 0.5));
    const last = Math.min(this.height - 1, Math.floor(y + radius - 0.5));
    for (let row = first; row <= last; row += 1) {
      const half = Math.sqrt(Math.max(0, radius ** 2 - (row + 0.5 - y) ** 2));
      const from = Math.max(0, Math.ceil(x - half - 0.5));
      const to = Math.min(this.width, Math.floor(x + half - 0.5) + 1);
      if (to > from) this.join(row, from, to);
    }
  }

  /** Joins a run with those it touches, so that a long stroke does not pile them up. */
  private join(row: number, from: number, to: number): void {
    const others: [number, number][] = [];
    let [first, last] = [from, to];
    for (const run of this.rows.get(row) ?? []) {
      if (run[1] < first || run[0] > last) others.push(run);
      else [first, last] = [Math.min(first, run[0]), Math.max(last, run[1])];
    }
    others.push([first, last]);
    this.rows.set(row, others);
  }
}
