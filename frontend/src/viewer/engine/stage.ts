/** The viewer without its panels: a canvas, a camera, tiles, and a frame only when one is due. */

import {
  type Camera,
  clamped,
  fitted,
  panned,
  type Scene,
  toImage,
  visibleRect,
  zoomedTo,
} from "./camera";
import type { Point, Size } from "./geometry";
import { glide } from "./kinetics";
import { chooseLevel } from "./levels";
import { VariantPacer } from "./pacer";
import { Painter } from "./painter";
import { Canvas2dRenderer, type Renderer } from "./renderer";
import { type SchedulerOptions, TileScheduler } from "./scheduler";
import { Signal } from "./signal";
import type { Source, Tile, TileError, Variant } from "./source";
import type { TileAddress } from "./tiles";
import { type Wishes, wishesFor } from "./wishes";

export interface StageView extends Scene {
  readonly camera: Camera;
  /** The whole image is fitted and stays so when the viewport changes its size. */
  readonly fitted: boolean;
}

export interface StageStatus {
  /** Everything visible is drawn in its final resolution and rendering. */
  readonly exact: boolean;
  /** The variant that the picture shows completely, or null while it is mixed. */
  readonly shown: Variant | null;
  /** Why some visible tile could not be had. */
  readonly error: TileError | null;
}

export interface StageOptions {
  readonly canvas: HTMLCanvasElement;
  readonly source: Source;
  readonly image: Size;
  readonly variant: Variant;
  /** Null fits the image. */
  readonly camera: Camera | null;
  readonly renderer?: Renderer;
  readonly scheduler?: SchedulerOptions;
}

/** A live change that would take longer than this (ms) is shown one level coarser. */
const LIVE_BUDGET_MS = 160;
/** Tiles made of what is held come together if they come within this time (ms). */
const TOGETHER_MS = 120;

export class Stage {
  readonly view: Signal<StageView>;
  readonly status: Signal<StageStatus>;
  private readonly canvas: HTMLCanvasElement;
  private readonly source: Source;
  private readonly renderer: Renderer;
  private readonly scheduler: TileScheduler;
  private readonly painter: Painter;
  private readonly pacer: VariantPacer;
  private readonly observer: ResizeObserver;
  private asked: Wishes = { visible: [], needed: [], all: [] };
  private ahead: readonly Variant[] = [];
  private playing = false;
  private live = false;
  private velocity: Point = { x: 0, y: 0 };
  private frameTime = 0;
  private frame = 0;
  private ratio = 1;
  private roundStart = performance.now();
  private msPerTile = 20;
  private shownData = "";
  private drawnView: StageView | null = null;

  constructor(options: StageOptions) {
    this.canvas = options.canvas;
    this.source = options.source;
    this.renderer = options.renderer ?? new Canvas2dRenderer(options.canvas);
    this.pacer = new VariantPacer(options.variant);
    this.scheduler = new TileScheduler(options.source, {
      ...options.scheduler,
      onChange: () => this.changed(),
    });
    this.painter = new Painter(this.renderer, options.source, this.scheduler);
    const scene = { image: options.image, viewport: { width: 1, height: 1 } };
    const camera = options.camera ?? fitted(scene);
    this.view = new Signal<StageView>({ ...scene, camera, fitted: options.camera === null });
    this.status = new Signal<StageStatus>({ exact: false, shown: null, error: null });
    this.observer = new ResizeObserver((entries) => this.resized(entries));
    observeSize(this.observer, this.canvas);
  }

  get variant(): Variant {
    return this.pacer.current;
  }

  /** Shows another plane or rendering; `live` while a hand is still changing it. */
  setVariant(variant: Variant, live: boolean): void {
    this.live = live;
    if (this.pacer.offer(variant, live)) this.begin();
    this.invalidate();
  }

  /** Names the variants that will probably be wanted next. */
  setAhead(ahead: readonly Variant[], playing: boolean): void {
    this.ahead = ahead;
    this.playing = playing;
    this.invalidate();
  }

  /** A small picture of the whole image, shown until tiles arrive. */
  setBackdrop(tile: Tile): void {
    this.painter.setBackdrop(tile);
    this.invalidate();
  }

  /** Moves the camera; null fits the image and keeps it fitted. */
  setCamera(camera: Camera | null): void {
    this.velocity = { x: 0, y: 0 };
    this.moveTo(camera);
  }

  fit(): void {
    this.setCamera(null);
  }

  zoomBy(factor: number, anchor?: Point): void {
    this.zoomTo(this.view.value.camera.zoom * factor, anchor);
  }

  /** @param zoom CSS pixels per image pixel; 1 is "100 %" */
  zoomTo(zoom: number, anchor?: Point): void {
    const { camera } = this.view.value;
    this.setCamera(zoomedTo(camera, this.view.value, zoom, anchor));
  }

  pan(dx: number, dy: number): void {
    this.moveTo(panned(this.view.value.camera, this.view.value, dx, dy));
  }

  /** Lets the image glide on with a speed in CSS pixels per ms. */
  throw(velocity: Point): void {
    this.velocity = velocity;
    this.frameTime = performance.now();
    this.invalidate();
  }

  /** Stops gliding. */
  grab(): void {
    this.velocity = { x: 0, y: 0 };
  }

  /** The image point under a point of the canvas (CSS pixels). */
  imagePoint(point: Point): Point {
    const { camera, viewport } = this.view.value;
    return toImage(camera, viewport, point);
  }

  /** Values of the samples under a point of the image, one for each shown channel. */
  async values(point: Point): Promise<readonly (number | null)[]> {
    const { camera } = this.view.value;
    const level = chooseLevel(this.source.levels, camera.zoom * this.ratio);
    return (await this.source.values?.(point, level, this.pacer.current)) ?? [];
  }

  /** Whether the picture holds what the pixels give, without the losses of JPEG. */
  isExact(): boolean {
    return this.source.isExact(this.pacer.current);
  }

  retry(): void {
    this.scheduler.retryFailed();
    this.invalidate();
  }

  dispose(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    this.frame = -1;
    this.scheduler.dispose();
    this.painter.dispose();
    this.source.dispose?.();
  }

  /** Asks for a frame; many requests make one. */
  invalidate(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame((time) => {
      this.frame = 0;
      this.paint(time);
    });
  }

  private begin(): void {
    this.roundStart = performance.now();
    // What is made of what is held need not wait for a frame.
    if (this.hasData()) this.ask();
  }

  /** A tile is there: the last of those that come together is not kept waiting for a frame. */
  private changed(): void {
    if (this.isSoonWhole() && this.missing() === 0) this.paint(performance.now());
    else this.invalidate();
  }

  private moveTo(camera: Camera | null): void {
    const { image, viewport } = this.view.value;
    const scene = { image, viewport };
    const next = camera ? clamped(camera, scene) : fitted(scene);
    this.view.set({ ...scene, camera: next, fitted: camera === null });
    this.invalidate();
  }

  private resized(entries: readonly ResizeObserverEntry[]): void {
    const entry = entries.at(-1);
    if (!entry) return;
    const { width, height } = entry.contentRect;
    if (width < 1 || height < 1) return;
    const device = entry.devicePixelContentBoxSize?.[0];
    const ratio = window.devicePixelRatio || 1;
    this.renderer.resize({
      width: device?.inlineSize ?? Math.round(width * ratio),
      height: device?.blockSize ?? Math.round(height * ratio),
    });
    this.ratio = device ? device.inlineSize / width : ratio;
    const { image, camera, fitted: whole } = this.view.value;
    this.view.set({ image, viewport: { width, height }, camera, fitted: whole });
    this.moveTo(whole ? null : camera);
    this.painter.cleared();
    // Resizing cleared the canvas: painting now, not a frame later, avoids a black blink.
    this.paint(performance.now());
  }

  private paint(time: number): void {
    this.glideOn(time);
    if (this.view.value.viewport.width <= 1 || this.frame < 0) return;
    this.ask();
    const { visible, needed } = this.asked;
    const isWhole = this.missing() === 0;
    if (!isWhole) this.pacer.unsettle();
    this.source.keep?.(visible, this.pacer.current);
    const exact = (isWhole || !this.isSoonWhole()) && this.draw(visible);
    this.report(visible, exact, isWhole);
    // Only now: what comes next must not take the place of what has come.
    if (isWhole) this.settled(needed.length);
  }

  private ask(): void {
    const { camera, viewport } = this.view.value;
    this.asked = this.wishes(camera, viewport);
    this.scheduler.want(this.asked.all);
  }

  /** How many tiles of the picture are still to come. */
  private missing(): number {
    return this.asked.needed.filter((tile) => !this.isDecided(tile)).length;
  }

  private draw(visible: readonly TileAddress[]): boolean {
    this.drawnView = this.view.value;
    const variant = this.pacer.current;
    return this.painter.paint({ ...this.view.value, ratio: this.ratio, variant, visible });
  }

  /** Whether nothing has moved, and all tiles will come at once: drawing each would delay them. */
  private isSoonWhole(): boolean {
    const passed = performance.now() - this.roundStart;
    return passed < TOGETHER_MS && this.view.value === this.drawnView && this.hasData();
  }

  private glideOn(time: number): void {
    if (this.velocity.x === 0 && this.velocity.y === 0) return;
    const elapsed = Math.max(0, Math.min(time - this.frameTime, 64));
    this.frameTime = Math.max(time, this.frameTime);
    const { moved, velocity } = glide(this.velocity, elapsed);
    this.velocity = velocity;
    this.pan(moved.x, moved.y);
  }

  private wishes(camera: Camera, viewport: Size): Wishes {
    const live = !this.playing && (this.live || (this.roundStart > 0 && this.hasData()));
    const request = {
      levels: this.source.levels,
      tileSize: this.source.tileSize,
      area: visibleRect(camera, viewport),
      density: camera.zoom * this.ratio,
      variant: this.pacer.current,
      ahead: live ? [] : this.ahead,
      live,
      playing: this.playing,
      covers: (places: readonly TileAddress[]) => this.painter.covers(places),
    };
    const wishes = wishesFor({ ...request, coarser: false });
    const slow =
      this.live && !this.hasData() && wishes.needed.length * this.msPerTile > LIVE_BUDGET_MS;
    return slow ? wishesFor({ ...request, coarser: true }) : wishes;
  }

  /** Whether the picture on the screen was made from the same data as the one wanted. */
  private hasData(): boolean {
    return this.source.dataKey(this.pacer.current) === this.shownData;
  }

  private isDecided(tile: TileAddress): boolean {
    const state = this.scheduler.state(this.keyOf(tile));
    return state === "ready" || state === "failed";
  }

  private settled(tiles: number): void {
    this.shownData = this.source.dataKey(this.pacer.current);
    if (this.roundStart > 0 && tiles > 0) {
      const cost = (performance.now() - this.roundStart) / tiles;
      this.msPerTile = 0.7 * this.msPerTile + 0.3 * Math.min(cost, 500);
      // What is around the picture is asked for when the picture has been seen.
      this.invalidate();
    }
    this.roundStart = 0;
    if (!this.pacer.settle()) return;
    this.begin();
    this.invalidate();
  }

  private keyOf(tile: TileAddress): string {
    return this.scheduler.key(tile, this.pacer.current);
  }

  private report(visible: readonly TileAddress[], exact: boolean, complete: boolean): void {
    const failed = visible.map((tile) => this.scheduler.errorOf(this.keyOf(tile)));
    const error = failed.find((reason, index) => {
      const tile = visible[index];
      return reason && tile && this.scheduler.state(this.keyOf(tile)) === "failed";
    });
    const before = this.status.value;
    const next = { exact, shown: complete ? this.pacer.current : null, error: error ?? null };
    const same =
      before.exact === exact && before.shown === next.shown && before.error === next.error;
    if (!same) this.status.set(next);
  }
}

/** Device pixels where the browser tells them (whole numbers even at 110 % page zoom). */
function observeSize(observer: ResizeObserver, element: Element): void {
  try {
    observer.observe(element, { box: "device-pixel-content-box" });
  } catch {
    observer.observe(element);
  }
}
