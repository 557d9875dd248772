/** The regions of one opened image: what is here, what is chosen, what is changed and saved. */

import { Signal } from "../engine/signal";
import type { Rect } from "../engine/geometry";
import { visibleRect } from "../engine/camera";
import type { Session } from "../state/session";
import { shifted } from "./editing";
import { ShapeFeed } from "./feed";
import { newKey, shapeOf, type ShapeRow } from "./rows";
import { boxOf, DEFAULT_STROKE, isOn, type Kind, type Shape } from "./shape";
import { ShapeIndex } from "./shapeIndex";
import { Saver } from "./saving";
import { r } from "./words";

/** Which planes a new shape is on: this one, or all in an axis. */
export interface Attachment {
  readonly z: "this" | "all";
  readonly t: "this" | "all";
  /** A channel, or null for all. */
  readonly c: number | null;
}

/** One thing done to shapes that can be taken back: what was there, and what is there then. */
export interface Change {
  readonly before: readonly Shape[];
  readonly after: readonly Shape[];
}

export class Rois {
  readonly session: Session;
  readonly feed: ShapeFeed;
  /** Counts changes of what is held: whoever draws or lists shapes listens. */
  readonly revision = new Signal(0);
  /** Keys of the chosen shapes, in the order in which they were chosen. */
  readonly selection = new Signal<readonly number[]>([]);
  /** What is being drawn, or pulled, and not yet a change. */
  readonly draft = new Signal<Shape | null>(null);
  /** Shapes under a hand that moves them, and how far they are by now. */
  readonly moving = new Signal<{
    readonly keys: ReadonlySet<number>;
    readonly dx: number;
    readonly dy: number;
  } | null>(null);
  /** Text of the next label. */
  newLabel = r("kind.LABEL");
  readonly attachment = new Signal<Attachment>({ z: "this", t: "this", c: null });
  readonly stroke = new Signal(DEFAULT_STROKE);
  readonly hidden = new Signal<ReadonlySet<number>>(new Set());
  readonly saver: Saver;
  readonly index = new ShapeIndex();
  private readonly shapes = new Map<number, Shape>();
  private readonly keys = new Map<string, number>();
  /** Shapes deleted here, which an answer that is still on its way may not bring back. */
  private readonly gone = new Set<string>();
  private copied: readonly Shape[] = [];
  private readonly stop: (() => void)[];

  constructor(session: Session) {
    this.session = session;
    this.feed = new ShapeFeed(session.facts.id, (rows) => this.arrived(rows));
    this.saver = new Saver(session.facts.id, {
      saved: (key, row) => this.saved(key, row),
      reread: (key, row) => this.reread(key, row),
      refused: (change) => this.takeBack(change),
    });
    this.stop = [session.onCamera(() => this.look()), session.view.subscribe(() => this.look())];
    this.look();
  }

  dispose(): void {
    for (const each of this.stop) each();
    this.feed.dispose();
  }

  get size(): number {
    return this.shapes.size;
  }

  all(): Iterable<Shape> {
    return this.shapes.values();
  }

  get(key: number): Shape | undefined {
    return this.shapes.get(key);
  }

  chosen(): Shape[] {
    return this.selection.value.flatMap((key) => this.shapes.get(key) ?? []);
  }

  /** Shapes of the shown plane whose box touches `area`, but those that are hidden. */
  visible(area: Rect): Shape[] {
    const { z, t } = this.session.view.value;
    const hidden = this.hidden.value;
    const found: Shape[] = [];
    this.index.visit(area, (shape) => {
      if (isOn(shape, z, t) && !hidden.has(shape.key)) found.push(shape);
    });
    return found;
  }

  /** A new shape with what is set for new ones. */
  blank(kind: Kind, numbers: readonly number[]): Shape {
    const { z, t, c } = this.attachment.value;
    const view = this.session.view.value;
    return {
      key: newKey(),
      id: null,
      roi: null,
      roiName: "",
      version: 0,
      kind,
      numbers,
      transform: null,
      z: z === "this" ? view.z : null,
      t: t === "this" ? view.t : null,
      c,
      text: "",
      stroke: this.stroke.value,
      fill: null,
      arrows: [false, false],
      bits: null,
      mayEdit: true,
      mayDelete: true,
    };
  }

  /** Does something to shapes, in one step of the history. */
  apply(change: Change): void {
    this.perform(change);
    const turned = { before: change.after, after: change.before };
    this.session.noteAct({
      undo: () => this.perform(this.current(turned)),
      redo: () => this.perform(this.current(change)),
    });
  }

  add(shapes: readonly Shape[]): void {
    if (shapes.length === 0) return;
    this.apply({ before: [], after: shapes });
    this.selection.set(shapes.map(({ key }) => key));
  }

  /** Changes those of the chosen shapes that may be changed. */
  changeChosen(change: (shape: Shape) => Shape): void {
    const before = this.chosen().filter(({ mayEdit }) => mayEdit);
    if (before.length > 0) this.apply({ before, after: before.map(change) });
  }

  /** Names a region; its shapes are called so that have no text of their own. */
  rename(region: string, name: string): void {
    const before = [...this.all()].filter(({ roi }) => roi === region);
    this.apply({ before, after: before.map((shape) => ({ ...shape, roiName: name })) });
  }

  deleteChosen(): void {
    const before = this.chosen().filter(({ mayDelete }) => mayDelete);
    if (before.length > 0) this.apply({ before, after: [] });
  }

  copyChosen(): void {
    const chosen = this.chosen();
    if (chosen.length > 0) this.copied = chosen;
  }

  /** Puts what was copied on the shown plane, a little aside where it came from there. */
  paste(): void {
    const view = this.session.view.value;
    const zoom = this.session.zoom.value;
    const by = (shape: Shape): number => (isOn(shape, view.z, view.t) ? 12 / zoom : 0);
    const fresh = this.copied.map((shape) => ({
      ...shifted(shape, by(shape), by(shape)),
      key: newKey(),
      id: null,
      roi: null,
      version: 0,
      z: shape.z === null ? null : view.z,
      t: shape.t === null ? null : view.t,
      mayEdit: true,
      mayDelete: true,
    }));
    this.add(fresh);
    this.copied = fresh;
  }

  choose(key: number, more = false): void {
    const before = this.selection.value;
    if (!more) this.selection.set([key]);
    else if (before.includes(key)) this.selection.set(before.filter((each) => each !== key));
    else this.selection.set([...before, key]);
  }

  /** Chooses a shape and shows its plane, and its place where it is not seen. */
  goTo(key: number): void {
    const shape = this.shapes.get(key);
    if (!shape) return;
    this.selection.set([key]);
    const { view, stage } = this.session;
    const { z, t } = view.value;
    if (!isOn(shape, z, t)) this.session.change({ z: shape.z ?? z, t: shape.t ?? t });
    const seen = stage.value?.view.value;
    if (!seen) return;
    const box = boxOf(shape);
    const area = visibleRect(seen.camera, seen.viewport);
    const isInside =
      box.x >= area.x &&
      box.y >= area.y &&
      box.x + box.width <= area.x + area.width &&
      box.y + box.height <= area.y + area.height;
    if (!isInside) {
      const { viewport, camera } = seen;
      const fits = 0.6 * Math.min(viewport.width / box.width, viewport.height / box.height);
      const zoom = Math.min(camera.zoom, Number.isFinite(fits) ? fits : camera.zoom);
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      stage.value?.setCamera({ x, y, zoom });
    }
  }

  setHidden(keys: readonly number[], isHidden: boolean): void {
    const next = new Set(this.hidden.value);
    for (const key of keys) {
      if (isHidden) next.add(key);
      else next.delete(key);
    }
    this.hidden.set(next);
    this.changed();
  }

  look(): void {
    const seen = this.seen();
    if (seen) this.feed.look(seen);
  }

  retry(): void {
    const seen = this.seen();
    if (seen) this.feed.retry(seen);
  }

  private seen() {
    const stage = this.session.stage.value?.view.value;
    if (!stage || stage.viewport.width <= 1) return null;
    const { z, t } = this.session.view.value;
    return { area: visibleRect(stage.camera, stage.viewport), z, t };
  }

  private perform(change: Change): void {
    this.put(change);
    this.saver.save(change);
  }

  private takeBack(change: Change): void {
    this.put(this.current({ before: change.after, after: change.before }));
  }

  /** The same change, of shapes as the server knows them by now. */
  private current({ before, after }: Change): Change {
    const now = (shape: Shape): Shape => {
      const held = this.shapes.get(shape.key) ?? this.saver.lastOf(shape.key);
      if (!held) return shape;
      const { id, roi, version } = held;
      return { ...shape, id, roi, version };
    };
    return { before: before.map(now), after: after.map(now) };
  }

  /** Puts shapes in the place of others, here alone. */
  private put({ before, after }: Change): void {
    const kept = new Set(after.map(({ key }) => key));
    for (const { key, id } of before) {
      const held = this.shapes.get(key);
      if (held) this.index.remove(held);
      if (kept.has(key)) continue;
      this.shapes.delete(key);
      if (id !== null) this.gone.add(id);
    }
    for (const shape of after) this.hold(shape);
    const chosen = this.selection.value.filter((key) => this.shapes.has(key));
    if (chosen.length !== this.selection.value.length) this.selection.set(chosen);
    this.changed();
  }

  private hold(shape: Shape): void {
    const held = this.shapes.get(shape.key);
    if (held) this.index.remove(held);
    this.shapes.set(shape.key, shape);
    this.index.add(shape);
    if (shape.id !== null) {
      this.keys.set(shape.id, shape.key);
      this.gone.delete(shape.id);
    }
  }

  private arrived(rows: readonly ShapeRow[]): void {
    let isNew = false;
    for (const row of rows) {
      if (this.keys.has(row.id) || this.gone.has(row.id)) continue;
      const shape = shapeOf(row);
      if (!shape) continue;
      this.hold(shape);
      isNew = true;
    }
    if (isNew) this.changed();
  }

  /** The server's answer about a shape that was saved: its id and version. */
  private saved(key: number, row: ShapeRow): void {
    const held = this.shapes.get(key);
    const fresh = shapeOf(row, key);
    if (!held || !fresh) return;
    const { id, roi, version, mayEdit, mayDelete } = fresh;
    this.hold({ ...held, id, roi, version, mayEdit, mayDelete });
    this.changed();
  }

  /** Takes a shape as somebody else has made it meanwhile. */
  private reread(key: number, row: ShapeRow): void {
    const fresh = this.shapes.has(key) ? shapeOf(row, key) : null;
    if (fresh) this.hold(fresh);
    this.changed();
  }

  private changed(): void {
    this.revision.set(this.revision.value + 1);
  }
}

const opened = new WeakMap<Session, Rois>();

/** The regions of an opened image, the same for all who ask. */
export function roisOf(session: Session): Rois {
  let rois = opened.get(session);
  if (!rois) {
    rois = new Rois(session);
    opened.set(session, rois);
  }
  return rois;
}
