/** Tells the server what was done to shapes: one after the other, and nothing is lost on the way. */

import { ApiError, asApiError } from "../../api/errors";
import { gql } from "../../api/gql";
import { Signal } from "../engine/signal";
import {
  createRegions,
  deleteRegions,
  deleteRegionShapes,
  regionSizes,
  renameRegions,
  restoreRegions,
  shapesById,
  updateRegionShapes,
} from "./documents";
import { inputOf, type ShapeRow, updateOf } from "./rows";
import type { Change } from "./rois";
import type { Shape } from "./shape";

export interface SaverTarget {
  /** A shape as the server has it now. */
  saved(key: number, row: ShapeRow): void;
  /** A shape that somebody else may have changed. */
  reread(key: number, row: ShapeRow): void;
  /** A change that cannot be kept is taken back. */
  refused(change: Change): void;
}

export interface SaveState {
  /** Changes that the server does not have yet. */
  readonly waiting: number;
  readonly error: ApiError | null;
  /** Whether trying again may help; else the change was taken back. */
  readonly mayRetry: boolean;
  /** Whether the server has taken any. */
  readonly hasSaved: boolean;
}

interface Item {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly remedy: string;
  } | null;
  readonly node?: unknown;
}

/** Items of one request: the server takes 1,000 regions and 10,000 shapes. */
const BATCH = 500;
const AWAY = new Set(["offline", "busy", "not_signed_in"]);

export class Saver {
  readonly state = new Signal<SaveState>({
    waiting: 0,
    error: null,
    mayRetry: false,
    hasSaved: false,
  });
  private readonly imageId: string;
  private readonly target: SaverTarget;
  private readonly queue: { change: Change; key: string }[] = [];
  private readonly last = new Map<number, Shape>();
  /** Regions that were deleted whole, and single shapes: what restoring has to name. */
  private readonly deleted = new Map<number, string>();
  private isBusy = false;
  private hasSaved = false;

  constructor(imageId: string, target: SaverTarget) {
    this.imageId = imageId;
    this.target = target;
  }

  /** What is known of a shape that is not held any more. */
  lastOf(key: number): Shape | undefined {
    return this.last.get(key);
  }

  /** Saves a change when those before it are saved. */
  save(change: Change): void {
    for (const shape of change.before) this.note(shape);
    this.queue.push({ change, key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` });
    this.report(null);
    void this.advance();
  }

  /** Goes on after the server was away. */
  retry(): void {
    this.report(null);
    void this.advance();
  }

  dismiss(): void {
    this.report(null);
  }

  private note(shape: Shape): void {
    const known = this.last.get(shape.key);
    if (!known || shape.version >= known.version) this.last.set(shape.key, shape);
  }

  private report(error: ApiError | null, mayRetry = false): void {
    const { hasSaved } = this;
    this.state.set({ waiting: this.queue.length, error, mayRetry, hasSaved });
  }

  private async advance(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    for (let next = this.queue[0]; next; next = this.queue[0]) {
      try {
        await this.send(next.change, next.key);
      } catch (thrown) {
        const error = asApiError(thrown);
        if (AWAY.has(error.code)) {
          this.report(error, true);
          break;
        }
        this.queue.shift();
        this.target.refused(next.change);
        await this.reread(next.change);
        this.report(error);
        continue;
      }
      this.queue.shift();
      this.hasSaved = true;
      this.report(null);
    }
    this.isBusy = false;
  }

  private async send({ before, after }: Change, key: string): Promise<void> {
    const was = new Set(before.map((shape) => shape.key));
    const stays = new Set(after.map((shape) => shape.key));
    const fresh = after.filter((shape) => !was.has(shape.key));
    const gone = before.filter((shape) => !stays.has(shape.key));
    const old = new Map(before.map((shape) => [shape.key, shape]));
    const changed = after.filter((shape) => isOtherwise(shape, old.get(shape.key)));
    const names = new Map<string, string>();
    for (const shape of after) {
      const { roi } = this.known(shape);
      if (roi && old.has(shape.key) && old.get(shape.key)?.roiName !== shape.roiName)
        names.set(roi, shape.roiName);
    }
    const back = fresh.filter((shape) => this.deleted.has(shape.key));
    const drawn = fresh.filter((shape) => !this.deleted.has(shape.key));
    if (gone.length > 0) await this.remove(gone, key);
    if (back.length > 0) await this.restore(back, key);
    for (const some of batches(drawn)) await this.create(some, `${key}/c${some[0]?.key ?? 0}`);
    if (names.size > 0) {
      const items = [...names].map(([id, name]) => ({ id, name: name || null }));
      check((await gql(renameRegions, { items, key: `${key}/n` })).updateRois.items);
    }
    for (const some of batches(changed)) await this.update(some, `${key}/u${some[0]?.key ?? 0}`);
  }

  private async create(shapes: readonly Shape[], key: string): Promise<void> {
    const items = shapes.map((shape) => ({
      image: this.imageId,
      name: shape.roiName || null,
      shapes: [inputOf(shape)],
    }));
    const { createRois } = await gql(createRegions, { items, key });
    check(createRois.items);
    createRois.items.forEach(({ node }, at) => {
      const shape = shapes[at];
      const row = node && "shapes" in node ? (node.shapes.nodes[0] ?? null) : null;
      if (shape && row) this.took(shape, row);
    });
  }

  private async update(shapes: readonly Shape[], key: string): Promise<void> {
    const items = shapes.map((shape) => updateOf(this.known(shape)));
    const { updateShapes } = await gql(updateRegionShapes, { items, key });
    check(updateShapes.items);
    updateShapes.items.forEach(({ node }, at) => {
      const shape = shapes[at];
      if (shape && node && "version" in node) this.took(shape, node as ShapeRow);
    });
  }

  /** Deletes regions whose last shapes these are, and of others the shapes alone. */
  private async remove(shapes: readonly Shape[], key: string): Promise<void> {
    const known = shapes.map((shape) => this.known(shape));
    const counts = new Map<string, number>();
    for (const { roi } of known) if (roi) counts.set(roi, (counts.get(roi) ?? 0) + 1);
    const whole = new Set<string>();
    for (const ids of batches([...counts.keys()])) {
      const { nodes } = await gql(regionSizes, { ids });
      for (const node of nodes)
        if (node && "shapeCount" in node && node.shapeCount === counts.get(node.id))
          whole.add(node.id);
    }
    const single = known.filter(({ roi }) => !roi || !whole.has(roi));
    if (whole.size > 0)
      check((await gql(deleteRegions, { ids: [...whole], key: `${key}/r` })).delete.items);
    const ids = single.flatMap(({ id }) => id ?? []);
    if (ids.length > 0)
      check((await gql(deleteRegionShapes, { ids, key: `${key}/d` })).deleteShapes.items);
    for (const shape of known) {
      this.note(shape);
      const named = shape.roi && whole.has(shape.roi) ? shape.roi : shape.id;
      if (named) this.deleted.set(shape.key, named);
    }
  }

  private async restore(shapes: readonly Shape[], key: string): Promise<void> {
    const ids = [...new Set(shapes.flatMap(({ key: each }) => this.deleted.get(each) ?? []))];
    check((await gql(restoreRegions, { ids, key: `${key}/b` })).restore.items);
    for (const shape of shapes) this.deleted.delete(shape.key);
    await this.refresh(shapes);
  }

  /** The shape with the id and version that the server gave it last. */
  private known(shape: Shape): Shape {
    const last = this.last.get(shape.key);
    if (!last || last.version < shape.version) return shape;
    return { ...shape, id: last.id, roi: last.roi, version: last.version };
  }

  private took(shape: Shape, row: ShapeRow): void {
    this.last.set(shape.key, {
      ...shape,
      id: row.id,
      roi: row.roi?.id ?? null,
      version: row.version,
    });
    this.target.saved(shape.key, row);
  }

  /** Asks what became of shapes; a failure here leaves them as they are. */
  private async refresh(shapes: readonly Shape[]): Promise<void> {
    const named = shapes.map((shape) => this.known(shape)).filter(({ id }) => id !== null);
    for (const some of batches(named)) {
      const { nodes } = await gql(shapesById, { ids: some.flatMap(({ id }) => id ?? []) });
      nodes.forEach((node, at) => {
        const shape = some[at];
        if (!shape || !node || !("version" in node)) return;
        this.took(shape, node as ShapeRow);
        // What is done to it meanwhile is not taken back by what it was.
        if (this.queue.length <= 1) this.target.reread(shape.key, node as ShapeRow);
      });
    }
  }

  private async reread({ before, after }: Change): Promise<void> {
    const all = new Map([...before, ...after].map((shape) => [shape.key, shape]));
    await this.refresh([...all.values()]).catch(() => undefined);
  }
}

/** Whether something of a shape itself was changed, and not the name of its region alone. */
function isOtherwise(shape: Shape, old: Shape | undefined): boolean {
  if (old === undefined) return false;
  const keys = Object.keys(shape) as (keyof Shape)[];
  const isOld = (key: keyof Shape): boolean => key === "roiName" || shape[key] === old[key];
  return shape.roiName === old.roiName || !keys.every(isOld);
}

function check(items: readonly Item[]): void {
  const failed = items.find(({ error }) => error !== null)?.error;
  if (failed) throw new ApiError(failed.code, failed.message, failed.remedy);
}

function batches<T>(all: readonly T[]): T[][] {
  const found: T[][] = [];
  for (let at = 0; at < all.length; at += BATCH) found.push(all.slice(at, at + BATCH));
  return found;
}
