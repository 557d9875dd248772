/** One opened image: its view, its stage, its address and its player, held together. */

import { sameView } from "../engine/camera";
import { bitmapTile } from "../engine/serverSource";
import { Signal } from "../engine/signal";
import type { TileError, Variant } from "../engine/source";
import { Stage } from "../engine/stage";
import { HistogramFeed } from "../data/histogramFeed";
import type { Point } from "../engine/geometry";
import { type AddressBar, AddressSync, wantedRenderer } from "./addressSync";
import { autoWindow, merged } from "./contrast";
import type { ImageFacts } from "./facts";
import { openSource } from "./openSource";
import { Player } from "./player";
import { type Act, type Rendering, RenderingHistory } from "./history";
import type { Problem } from "./problems";
import { formatStyle, formatView, parseView } from "./urlCodec";
import { viewRendering } from "./viewRendering";
import { type ChannelView, shownChannels, stepped, type View, withChannel } from "./view";

/** A key that repeats or a turning wheel has come to rest after this. */
const STEP_REST_MS = 180;
/** Zoom from which the artefacts of JPEG could be taken for the specimen. */
const LOSSLESS_ZOOM = 2;
const NONE: readonly (number | null)[] = [];
/** Outlives a session: who saves a rendering goes on with another one. */
const said = new Signal("");

export class Session {
  readonly facts: ImageFacts;
  /** The image's own rendering. */
  readonly base: View;
  readonly view: Signal<View>;
  readonly problems: Signal<readonly Problem[]>;
  /** Null while no canvas is on the page. */
  readonly stage = new Signal<Stage | null>(null);
  /** CSS pixels per image pixel. */
  readonly zoom = new Signal(1);
  /** Whether single pixels can be seen, so that tiles come without loss. */
  readonly lossless = new Signal(false);
  /** Whether the picture shows the pixels without the losses of JPEG. */
  readonly faithful = new Signal(false);
  /** Whether all that is visible is drawn in its final form. */
  readonly exact = new Signal(false);
  /** Why something visible could not be had. */
  readonly error = new Signal<TileError | null>(null);
  /** The image pixel under the pointer. */
  readonly cursor = new Signal<Point | null>(null);
  /** Samples of the shown channels there, as far as they are held. */
  readonly values = new Signal<readonly (number | null)[]>([]);
  /** Whether a picture has been exact before. */
  readonly wasExact = new Signal(false);
  /** What was done, for those who did it by a key. */
  readonly said = said;
  /** What a hand on the picture does to regions, where they are shown. */
  readonly tool = new Signal("select");
  readonly histograms: HistogramFeed;
  readonly player: Player;
  private readonly address: AddressSync;
  private readonly history: RenderingHistory;
  private colourActive: readonly boolean[] | null = null;
  private stepTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(facts: ImageFacts, base: View, address: AddressBar) {
    this.facts = facts;
    this.base = base;
    this.address = new AddressSync(address);
    const { view, problems } = parseView(this.address.query, base, facts);
    this.view = new Signal(view);
    this.problems = new Signal(problems);
    this.history = new RenderingHistory(view);
    this.histograms = new HistogramFeed(facts.histogramUrl);
    this.player = new Player({
      ready: () => this.isShown(),
      next: () => this.change({ t: (this.view.value.t + 1) % facts.sizeT }, true),
    });
    this.player.playing.subscribe(() => this.lookAhead());
  }

  /** Puts the image on a canvas; the returned function takes it off again. */
  mount(canvas: HTMLCanvasElement): () => void {
    const stage = new Stage({
      canvas,
      source: openSource(this.facts, wantedRenderer()),
      image: this.facts,
      variant: this.variant(),
      camera: this.view.value.camera,
    });
    const unlisten = [
      stage.view.subscribe(() => this.cameraMoved(stage)),
      stage.status.subscribe(() => {
        this.exact.set(stage.status.value.exact);
        if (this.exact.value) this.wasExact.set(true);
        this.faithful.set(stage.isExact());
        void this.readValues();
        this.error.set(stage.status.value.error);
        this.player.tick();
      }),
    ];
    this.stage.set(stage);
    this.cameraMoved(stage);
    this.lookAhead();
    this.histograms.show(this.view.value.z, this.view.value.t);
    void this.showThumbnail(stage);
    return () => {
      for (const stop of unlisten) stop();
      this.stage.set(null);
      stage.dispose();
    };
  }

  /** Ends what runs by itself. */
  dispose(): void {
    this.player.stop();
    this.histograms.dispose();
    this.address.dispose();
    clearTimeout(this.stepTimer);
  }

  /** Calls `listener` whenever the camera or the viewport changes. */
  onCamera(listener: () => void): () => void {
    let stop = this.stage.value?.view.subscribe(listener);
    const stopStage = this.stage.subscribe(() => {
      stop?.();
      stop = this.stage.value?.view.subscribe(listener);
      listener();
    });
    return () => {
      stop?.();
      stopStage();
    };
  }

  /** Notes where the pointer is, in CSS pixels of the canvas. */
  hover(point: Point | null): void {
    const at = point && this.stage.value?.imagePoint(point);
    if (!at) return this.cursor.set(null);
    const [x, y] = [Math.floor(at.x), Math.floor(at.y)];
    const { width, height } = this.facts;
    const inside = x >= 0 && y >= 0 && x < width && y < height;
    const before = this.cursor.value;
    if (!inside) this.cursor.set(null);
    else if (before?.x !== x || before.y !== y) this.cursor.set({ x, y });
    void this.readValues();
  }

  /** Reads the samples under the cursor; of several answers the one for the newest place counts. */
  private async readValues(): Promise<void> {
    const { stage, cursor, values } = this;
    const at = cursor.value;
    if (!at) return values.set(NONE);
    const found = (await stage.value?.values(at).catch(() => NONE)) ?? NONE;
    if (cursor.value === at) values.set(found);
  }

  /** Changes the view; `live` while a hand is still changing it. */
  change(change: Partial<View>, live = false): void {
    this.replace({ ...this.view.value, ...change }, live);
  }

  changeChannel(index: number, change: Partial<ChannelView>, live = false): void {
    this.replace(withChannel(this.view.value, index, change), live);
  }

  replace(next: View, live = false): void {
    const before = this.view.value;
    this.view.set(next);
    if (!sameCamera(next.camera, before.camera)) this.stage.value?.setCamera(next.camera);
    this.stage.value?.setVariant(this.variant(), live);
    if (!live) this.history.commit(next);
    this.lookAhead();
    this.histograms.show(next.z, next.t);
    this.writeSoon();
  }

  /** Goes some planes along an axis; a key that repeats or a wheel is live until it rests. */
  step(axis: "z" | "t", by: number): void {
    this.go(axis, stepped(this.view.value, this.facts, axis, by)[axis]);
    clearTimeout(this.stepTimer);
    this.stepTimer = setTimeout(() => this.rest(), STEP_REST_MS);
  }

  /** Goes to a plane while a hand is still moving. */
  go(axis: "z" | "t", at: number): void {
    if (axis === "t") this.player.stop();
    this.change({ [axis]: at }, true);
  }

  togglePlay(): void {
    if (this.facts.sizeT < 2) return;
    this.player.toggle();
    if (!this.player.playing.value) this.rest();
  }

  /** Says that the hand has let go: the last live change is shown in full. */
  rest(): void {
    this.history.commit(this.view.value);
    this.stage.value?.setVariant(this.variant(), false);
  }

  /** Windows chosen from the histograms: of one channel, or of all that are shown. */
  autoContrast(only?: number): void {
    const { histograms } = this.histograms.state.value;
    const targets = only === undefined ? shownChannels(this.view.value) : [only];
    const together = this.facts.photograph ? merged([...histograms.values()]) : null;
    let next = this.view.value;
    for (const index of targets) {
      const histogram = together ?? histograms.get(index);
      if (histogram) next = withChannel(next, index, autoWindow(histogram, this.facts.integral));
    }
    this.replace(next);
  }

  /** The image's own rendering of one channel, or of everything; the camera stays. */
  reset(only?: number): void {
    const own = only === undefined ? null : this.base.channels[only];
    if (only !== undefined && own) this.changeChannel(only, own);
    else this.change({ channels: this.base.channels, model: this.base.model });
    if (only === undefined) this.colourActive = null;
  }

  /** Writes the address of this view where the image's own rendering is another one. */
  writeAgainst(base: View): void {
    this.address.write(formatView(this.view.value, base));
  }

  /** Takes back what a hand is changing. */
  readonly cancelChange = (): void => {
    this.restore(this.history.present);
  };

  /** Notes what was done to something else than the rendering, for undo. */
  noteAct(act: Act): void {
    this.history.note(act);
  }

  undo(): void {
    this.restore(this.history.undo());
  }

  redo(): void {
    this.restore(this.history.redo());
  }

  private restore(rendering: Rendering | null): void {
    if (rendering) this.change(rendering);
  }

  /** Between colour and grey; colour comes back with the channels it had. */
  toggleGrey(): void {
    const { model, channels } = this.view.value;
    if (model === "c") {
      this.colourActive = channels.map(({ active }) => active);
      this.change({ model: "g" });
      return;
    }
    const before = this.colourActive;
    this.colourActive = null;
    const restored = before
      ? channels.map((channel, at) => ({ ...channel, active: before[at] ?? channel.active }))
      : channels;
    this.change({ model: "c", channels: restored });
  }

  /** Takes the view from the address, as after "back". */
  readAddress(): void {
    const query = this.address.changed();
    if (query === null) return;
    const { view, problems } = parseView(query, this.base, this.facts);
    this.problems.set(problems);
    this.replace(view);
  }

  /** Whether the plane that is wanted is completely on the screen. */
  isShown(): boolean {
    const shown = this.stage.value?.status.value.shown;
    const { z, t } = this.view.value;
    return shown !== null && shown !== undefined && shown.z === z && shown.t === t;
  }

  private variant(): Variant {
    const view = this.view.value;
    const style = formatStyle(view, this.base);
    const { z, t, projection } = view;
    return {
      z,
      t,
      style,
      projection,
      lossless: this.lossless.value,
      rendering: viewRendering(view),
    };
  }

  private cameraMoved(stage: Stage): void {
    const { camera, fitted } = stage.view.value;
    this.zoom.set(camera.zoom);
    const lossless = camera.zoom >= LOSSLESS_ZOOM;
    if (lossless !== this.lossless.value) {
      this.lossless.set(lossless);
      stage.setVariant(this.variant(), false);
    }
    const before = this.view.value.camera;
    const next = fitted ? null : camera;
    if (sameCamera(before, next)) return;
    this.view.set({ ...this.view.value, camera: next });
    this.writeSoon();
  }

  /** Tells the stage which planes are likely next: the movie's, else the neighbours in Z and T. */
  private lookAhead(): void {
    const { sizeZ, sizeT } = this.facts;
    const now = this.variant();
    const playing = this.player.playing.value;
    const at = (z: number, t: number): Variant => ({ ...now, z, t });
    const ahead = playing
      ? [1, 2, 3].map((by) => at(now.z, (now.t + by) % sizeT))
      : [at(now.z + 1, now.t), at(now.z - 1, now.t), at(now.z, now.t + 1)];
    const inside = ahead.filter(({ z, t }) => z >= 0 && z < sizeZ && t >= 0 && t < sizeT);
    this.stage.value?.setAhead(inside, playing);
  }

  private async showThumbnail(stage: Stage): Promise<void> {
    try {
      const response = await fetch(this.facts.thumbnailUrl, { credentials: "same-origin" });
      if (!response.ok) return;
      const bitmap = await createImageBitmap(await response.blob());
      if (this.stage.value !== stage) bitmap.close();
      else stage.setBackdrop(bitmapTile({ level: 0, x: 0, y: 0 }, bitmap));
    } catch {
      // The thumbnail only shortens the wait; the tiles say what is wrong.
    }
  }

  /** Lets the address follow the view. */
  writeSoon(): void {
    this.address.writeSoon(() => formatView(this.view.value, this.base));
  }
}

function sameCamera(a: View["camera"], b: View["camera"]): boolean {
  return a && b ? sameView(a, b) : a === b;
}
