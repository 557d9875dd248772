/** Tiles in memory, the least recently used given back first when the budget is exceeded. */

import type { Tile } from "./source";

export class TileCache {
  private readonly tiles = new Map<string, Tile>();
  private readonly budget: number;
  private held = 0;

  /** @param budget bytes that the cache may hold between two frames */
  constructor(budget: number) {
    this.budget = budget;
  }

  get bytes(): number {
    return this.held;
  }

  get size(): number {
    return this.tiles.size;
  }

  has(key: string): boolean {
    return this.tiles.has(key);
  }

  /** The tile, which becomes the most recently used. */
  get(key: string): Tile | undefined {
    const tile = this.tiles.get(key);
    if (tile) {
      this.tiles.delete(key);
      this.tiles.set(key, tile);
    }
    return tile;
  }

  add(key: string, tile: Tile): void {
    this.remove(key);
    this.tiles.set(key, tile);
    this.held += tile.bytes;
  }

  /** Gives tiles back until the budget is met; never one in `kept`, which is on the screen. */
  trim(kept: ReadonlySet<string>): void {
    // Deleting the key at hand is what a map's own iteration allows.
    for (const key of this.tiles.keys()) {
      if (this.held <= this.budget) return;
      if (!kept.has(key)) this.remove(key);
    }
  }

  clear(): void {
    for (const key of this.tiles.keys()) this.remove(key);
  }

  private remove(key: string): void {
    const tile = this.tiles.get(key);
    if (!tile) return;
    this.tiles.delete(key);
    this.held -= tile.bytes;
    tile.release();
  }
}
