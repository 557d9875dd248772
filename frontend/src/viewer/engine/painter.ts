/** Draws frames from the tiles at hand, and remembers what each place showed last. */

import { type Camera, type Scene, toScreen } from "./camera";
import { type Piece, planFrame, ShownTiles } from "./framePlan";
import type { Rect } from "./geometry";
import type { Renderer } from "./renderer";
import type { TileScheduler } from "./scheduler";
import type { Source, Tile, Variant } from "./source";
import { placeKey, type TileAddress, tileRect } from "./tiles";

/** What one frame is made for. */
export interface Frame extends Scene {
  readonly camera: Camera;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
  readonly variant: Variant;
  readonly visible: readonly TileAddress[];
}

/** From this many device pixels per image pixel on, pixels are shown as squares. */
const SQUARES_FROM = 3;
/** Errors that are not about the pixels. */
const AWAY = new Set(["unreachable", "not_signed_in"]);

export class Painter {
  private readonly renderer: Renderer;
  private readonly source: Source;
  private readonly scheduler: TileScheduler;
  private readonly shown = new ShownTiles();
  private backdrop: Tile | null = null;
  /** What the canvas shows: tiles and places, in order. */
  private drawn: readonly unknown[] = [];

  constructor(renderer: Renderer, source: Source, scheduler: TileScheduler) {
    this.renderer = renderer;
    this.source = source;
    this.scheduler = scheduler;
  }

  /** Takes a small picture of the whole image, to stand behind everything. */
  setBackdrop(tile: Tile | null): void {
    this.backdrop?.release();
    this.backdrop = tile;
  }

  /** Forgets what the canvas shows, which has been cleared. */
  cleared(): void {
    this.drawn = [];
  }

  /** Whether each of the places has something in its own resolution, of whatever rendering. */
  covers(places: readonly TileAddress[]): boolean {
    return places.every((place) => this.lastShown(place) !== undefined);
  }

  /** Draws; true when everything is in its final form. */
  paint(frame: Frame): boolean {
    const { levels, tileSize } = this.source;
    const { visible, variant } = frame;
    const pieces = planFrame(visible, levels, tileSize, {
      current: (place) => this.scheduler.get(this.scheduler.key(place, variant)),
      shown: (place) => this.lastShown(place),
    });
    const exact = pieces.filter((piece) => piece.exact).length === visible.length;
    const failed = visible.filter((place) => this.isHatched(place, variant));
    this.drawIfNew(pieces, exact, failed, frame);
    this.remember(visible, variant);
    return exact;
  }

  dispose(): void {
    this.setBackdrop(null);
    this.renderer.dispose();
  }

  /** Draws, unless the canvas shows just that: many tiles that arrive are for places around it. */
  private drawIfNew(
    pieces: readonly Piece[],
    exact: boolean,
    failed: readonly TileAddress[],
    frame: Frame,
  ): void {
    const bounds = onCanvas({ x: 0, y: 0, ...frame.image }, frame);
    // It costs more than all tiles, and is seen only where there is nothing else.
    const backdrop = exact || this.covers(frame.visible) ? null : this.backdrop;
    const wanted = [backdrop, ...Object.values(bounds), failed.length, ...failed.map(placeKey)];
    for (const { tile, to } of pieces) wanted.push(tile, to.x, to.y, to.width, to.height);
    const isSame = wanted.length === this.drawn.length;
    if (isSame && wanted.every((each, at) => each === this.drawn[at])) return;
    this.drawn = wanted;
    this.renderer.begin();
    this.renderer.clip(bounds);
    if (backdrop) this.paintBackdrop(backdrop, bounds);
    for (const { tile, from, to, exact: final } of pieces) {
      const squares = final && frame.camera.zoom * frame.ratio >= SQUARES_FROM;
      this.renderer.draw(tile, from, onCanvas(to, frame), !squares);
    }
    for (const place of failed) this.hatch(place, frame);
    this.renderer.end();
  }

  private lastShown(place: TileAddress): Tile | undefined {
    const key = this.shown.get(place);
    return key === undefined ? undefined : this.scheduler.get(key);
  }

  private paintBackdrop(backdrop: Tile, bounds: Rect): void {
    const { width, height } = backdrop;
    this.renderer.draw(backdrop, { x: 0, y: 0, width, height }, bounds, true);
  }

  private isHatched(place: TileAddress, variant: Variant): boolean {
    const key = this.scheduler.key(place, variant);
    if (this.scheduler.state(key) !== "failed") return false;
    // A server that is away says nothing about the pixels: what is known of them stays.
    return !AWAY.has(this.scheduler.errorOf(key)?.code ?? "");
  }

  private hatch(place: TileAddress, frame: Frame): void {
    const level = this.source.levels[place.level];
    if (level) this.renderer.hatch(onCanvas(tileRect(level, this.source.tileSize, place), frame));
  }

  /** Notes what is on the screen, and lets the cache drop what is not. */
  private remember(visible: readonly TileAddress[], variant: Variant): void {
    const kept = new Set<string>();
    for (const place of visible) {
      const key = this.scheduler.key(place, variant);
      if (this.scheduler.cache.has(key)) this.shown.set(place, key);
      const shown = this.shown.get(place);
      if (shown !== undefined) kept.add(shown);
    }
    this.scheduler.cache.trim(kept);
  }
}

/** A rectangle of the image in device pixels of the canvas. */
function onCanvas(rect: Rect, { camera, viewport, ratio }: Frame): Rect {
  const corner = toScreen(camera, viewport, rect);
  const scale = camera.zoom * ratio;
  return {
    x: corner.x * ratio,
    y: corner.y * ratio,
    width: rect.width * scale,
    height: rect.height * scale,
  };
}
