/** Finds shapes by place: each is in one cell of a grid whose cells are as large as the shape. */

import type { Rect } from "../engine/geometry";
import { boxOf, type Shape } from "./shape";

/** Cells of the finest grid, in image pixels; each coarser grid's are twice as large. */
const FINEST = 16;
const COLUMNS = 2 ** 24;

export class ShapeIndex {
  private readonly grids = new Map<number, Map<number, Set<Shape>>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(shape: Shape): void {
    const { grid, cell } = placeOf(boxOf(shape));
    const cells = this.grids.get(grid) ?? new Map<number, Set<Shape>>();
    this.grids.set(grid, cells);
    const shapes = cells.get(cell);
    if (shapes?.has(shape)) return;
    if (shapes) shapes.add(shape);
    else cells.set(cell, new Set([shape]));
    this.count += 1;
  }

  remove(shape: Shape): void {
    const { grid, cell } = placeOf(boxOf(shape));
    const cells = this.grids.get(grid);
    const shapes = cells?.get(cell);
    if (!shapes?.delete(shape)) return;
    this.count -= 1;
    if (shapes.size === 0) cells?.delete(cell);
  }

  clear(): void {
    this.grids.clear();
    this.count = 0;
  }

  /** Calls `visit` with every shape whose box touches `area`, in no order. */
  visit(area: Rect, visit: (shape: Shape) => void): void {
    for (const [grid, cells] of this.grids) {
      const size = FINEST * 2 ** grid;
      // A shape is named by its corner and may reach into the next cell.
      const left = Math.floor(area.x / size) - 1;
      const top = Math.floor(area.y / size) - 1;
      const right = Math.floor((area.x + area.width) / size);
      const bottom = Math.floor((area.y + area.height) / size);
      if ((right - left + 1) * (bottom - top + 1) > cells.size) {
        for (const shapes of cells.values()) touching(shapes, area, visit);
        continue;
      }
      for (let row = top; row <= bottom; row += 1)
        for (let column = left; column <= right; column += 1) {
          const shapes = cells.get(cellKey(column, row));
          if (shapes) touching(shapes, area, visit);
        }
    }
  }
}

function touching(shapes: Set<Shape>, area: Rect, visit: (shape: Shape) => void): void {
  const right = area.x + area.width;
  const bottom = area.y + area.height;
  for (const shape of shapes) {
    const box = boxOf(shape);
    const isApart =
      box.x > right || box.y > bottom || box.x + box.width < area.x || box.y + box.height < area.y;
    if (!isApart) visit(shape);
  }
}

function placeOf(box: Rect): { grid: number; cell: number } {
  const side = Math.max(box.width, box.height, 1);
  const grid = Math.max(0, Math.ceil(Math.log2(side / FINEST)));
  const size = FINEST * 2 ** grid;
  return { grid, cell: cellKey(Math.floor(box.x / size), Math.floor(box.y / size)) };
}

function cellKey(column: number, row: number): number {
  return row * COLUMNS + column;
}
