/** Draws frames from the tiles at hand, and remembers what each place showed last. */

import { type Camera, type Scene, toScreen } from "./camera";
import { planFrame, ShownTiles } from "./framePlan";
import type { Rect } from "./geometry";
import type { Renderer } from "./renderer";
import type { TileScheduler } from "./scheduler";
import type { Source, Tile, Variant } from "./source";
import { type TileAddress, tileRect } from "./tiles";

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

  /** Whether each of the places has something in its own resolution, of whatever rendering. */
  covers(places: readonly TileAddress[]): boolean {
    return places.every((place) => this.lastShown(place) !== undefined);
  }

  /** Draws; true when everything is in its final form. */
  paint(frame: Frame): boolean {
    const { levels, tileSize } = this.source;
    const { visible, variant, camera, ratio } = frame;
    const pieces = planFrame(visible, levels, tileSize, {
      current: (place) => this.scheduler.get(this.scheduler.key(place, variant)),
      shown: (place) => this.lastShown(place),
    });
    const exact = pieces.filter((piece) => piece.exact).length === visible.length;
    const bounds = onCanvas({ x: 0, y: 0, ...frame.image }, frame);
    this.renderer.begin();
    this.renderer.clip(bounds);
    if (!exact) this.paintBackdrop(bounds);
    for (const { tile, from, to, exact: final } of pieces) {
      const squares = final && camera.zoom * ratio >= SQUARES_FROM;
      this.renderer.draw(tile, from, onCanvas(to, frame), !squares);
    }
    for (const place of visible) this.hatchIfFailed(place, frame);
    this.renderer.end();
    this.remember(visible, variant);
    return exact;
  }

  dispose(): void {
    this.setBackdrop(null);
    this.renderer.dispose();
  }

  private lastShown(place: TileAddress): Tile | undefined {
    const key = this.shown.get(place);
    return key === undefined ? undefined : this.scheduler.get(key);
  }

  private paintBackdrop(bounds: Rect): void {
    if (!this.backdrop) return;
    const { width, height } = this.backdrop;
    this.renderer.draw(this.backdrop, { x: 0, y: 0, width, height }, bounds, true);
  }

  private hatchIfFailed(place: TileAddress, frame: Frame): void {
    const level = this.source.levels[place.level];
    const key = this.scheduler.key(place, frame.variant);
    if (!level || this.scheduler.state(key) !== "failed") return;
    // A server that is away says nothing about the pixels: what is known of them stays.
    if (AWAY.has(this.scheduler.errorOf(key)?.code ?? "")) return;
    this.renderer.hatch(onCanvas(tileRect(level, this.source.tileSize, place), frame));
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
