/** The tile grid of each level: addresses, their places in the image, which are visible. */

import { centreOf, clamp, distance, type Point, type Rect, type Size } from "./geometry";
import type { Level } from "./levels";

/** A tile's place in the pyramid; `level` is a position in the list of levels, 0 = finest. */
export interface TileAddress extends Point {
  readonly level: number;
}

/** Size of the grid of a level, in tiles. */
export function gridOf(level: Level, tileSize: number): Size {
  return {
    width: Math.ceil(level.width / tileSize),
    height: Math.ceil(level.height / tileSize),
  };
}

/** A tile's size in pixels of its level; smaller at the right and bottom edges. */
export function tilePixels(level: Level, tileSize: number, tile: Point): Size {
  return {
    width: Math.min(tileSize, level.width - tile.x * tileSize),
    height: Math.min(tileSize, level.height - tile.y * tileSize),
  };
}

/** A tile's rectangle in image pixels. */
export function tileRect(level: Level, tileSize: number, tile: Point): Rect {
  const { width, height } = tilePixels(level, tileSize, tile);
  return {
    x: tile.x * tileSize * level.scale.width,
    y: tile.y * tileSize * level.scale.height,
    width: width * level.scale.width,
    height: height * level.scale.height,
  };
}

/** All tiles of a level that touch `area` (image pixels), those nearest to its centre first. */
export function tilesIn(
  levels: readonly Level[],
  position: number,
  tileSize: number,
  area: Rect,
): TileAddress[] {
  const level = levels[position];
  if (!level) return [];
  const grid = gridOf(level, tileSize);
  const stepX = tileSize * level.scale.width;
  const stepY = tileSize * level.scale.height;
  const left = clamp(Math.floor(area.x / stepX), 0, grid.width);
  const top = clamp(Math.floor(area.y / stepY), 0, grid.height);
  const right = clamp(Math.ceil((area.x + area.width) / stepX), 0, grid.width);
  const bottom = clamp(Math.ceil((area.y + area.height) / stepY), 0, grid.height);
  const found: TileAddress[] = [];
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) found.push({ level: position, x, y });
  }
  return nearestFirst(found, centreOf(area), (tile) => centreOf(tileRect(level, tileSize, tile)));
}

function nearestFirst<T>(items: T[], centre: Point, place: (item: T) => Point): T[] {
  return items
    .map((item) => ({ item, away: distance(place(item), centre) }))
    .toSorted((a, b) => a.away - b.away)
    .map(({ item }) => item);
}

export function placeKey(tile: TileAddress): string {
  return `${tile.level}/${tile.x}/${tile.y}`;
}
