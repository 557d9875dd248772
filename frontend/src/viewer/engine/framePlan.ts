/** What to draw for a set of tiles when only some have arrived: nothing ever flashes. */

import { intersection, type Rect } from "./geometry";
import type { Level } from "./levels";
import type { Tile } from "./source";
import { placeKey, tileRect, type TileAddress } from "./tiles";

/** One piece of a frame: `from` in pixels of the tile, `to` in image pixels. */
export interface Piece {
  readonly tile: Tile;
  readonly from: Rect;
  readonly to: Rect;
  /** The tile that was wanted here, in its final resolution and rendering. */
  readonly exact: boolean;
}

/** How the plan finds tiles: by place, as wanted now, and as last shown there. */
export interface Lookup {
  current(address: TileAddress): Tile | undefined;
  shown(address: TileAddress): Tile | undefined;
}

/** A blurred tile of the wanted rendering replaces a sharp outdated one up to this many levels up. */
const PREVIEW_LEVELS = 2;

/** Pieces in drawing order for the wanted tiles; places with nothing to show are left out. */
export function planFrame(
  wanted: readonly TileAddress[],
  levels: readonly Level[],
  tileSize: number,
  lookup: Lookup,
): Piece[] {
  const stale: Piece[] = [];
  const exact: Piece[] = [];
  for (const address of wanted) {
    const level = levels[address.level];
    if (!level) continue;
    const place = tileRect(level, tileSize, address);
    const tile = lookup.current(address);
    if (tile) exact.push({ ...whole(tile, place), exact: true });
    else stale.push(...substitute(address, place, levels, tileSize, lookup));
  }
  return [...stale, ...exact];
}

function substitute(
  address: TileAddress,
  place: Rect,
  levels: readonly Level[],
  tileSize: number,
  lookup: Lookup,
): Piece[] {
  const above = (find: Lookup["current"], reach: number) =>
    fromAncestor(address, place, levels, tileSize, find, reach);
  const preview = above(lookup.current, PREVIEW_LEVELS);
  const outdated = lookup.shown(address);
  const base =
    preview ??
    (outdated ? whole(outdated, place) : null) ??
    above(lookup.current, levels.length) ??
    above(lookup.shown, levels.length);
  const finer = fromChildren(address, place, levels, tileSize, lookup);
  return base ? [base, ...finer] : finer;
}

function whole(tile: Tile, place: Rect): Piece {
  return {
    tile,
    from: { x: 0, y: 0, width: tile.width, height: tile.height },
    to: place,
    exact: false,
  };
}

function fromAncestor(
  address: TileAddress,
  place: Rect,
  levels: readonly Level[],
  tileSize: number,
  find: Lookup["current"],
  reach: number,
): Piece | null {
  const last = Math.min(levels.length - 1, address.level + reach);
  for (let position = address.level + 1; position <= last; position += 1) {
    const level = levels[position];
    if (!level) break;
    const x = Math.floor((place.x + place.width / 2) / (tileSize * level.scale.width));
    const y = Math.floor((place.y + place.height / 2) / (tileSize * level.scale.height));
    const tile = find({ level: position, x, y });
    if (!tile) continue;
    const parent = tileRect(level, tileSize, { x, y });
    const to = intersection(place, parent);
    if (to) return { tile, from: pixelsOf(to, parent, tile), to, exact: false };
  }
  return null;
}

/** After zooming out, the finer tiles that are still there, one level down. */
function fromChildren(
  address: TileAddress,
  place: Rect,
  levels: readonly Level[],
  tileSize: number,
  lookup: Lookup,
): Piece[] {
  const level = levels[address.level - 1];
  if (!level) return [];
  const stepX = tileSize * level.scale.width;
  const stepY = tileSize * level.scale.height;
  const pieces: Piece[] = [];
  for (let y = Math.floor(place.y / stepY); y * stepY < place.y + place.height; y += 1) {
    for (let x = Math.floor(place.x / stepX); x * stepX < place.x + place.width; x += 1) {
      const child = { level: address.level - 1, x, y };
      const tile = lookup.current(child) ?? lookup.shown(child);
      const rect = tileRect(level, tileSize, child);
      const to = intersection(place, rect);
      if (tile && to) pieces.push({ tile, from: pixelsOf(to, rect, tile), to, exact: false });
    }
  }
  return pieces;
}

function pixelsOf(part: Rect, rect: Rect, tile: Tile): Rect {
  const scaleX = tile.width / rect.width;
  const scaleY = tile.height / rect.height;
  return {
    x: (part.x - rect.x) * scaleX,
    y: (part.y - rect.y) * scaleY,
    width: part.width * scaleX,
    height: part.height * scaleY,
  };
}

/** Remembers, per place, the name of the tile that was last drawn there in full resolution. */
export class ShownTiles {
  private readonly keys = new Map<string, string>();

  set(address: TileAddress, key: string): void {
    this.keys.set(placeKey(address), key);
  }

  get(address: TileAddress): string | undefined {
    return this.keys.get(placeKey(address));
  }
}
