/** Panes that follow each other: where one looks, the others look, as far as they are locked. */

import type { Camera } from "../engine/camera";
import { clamp } from "../engine/geometry";
import type { ImageFacts } from "../state/facts";
import type { Session } from "../state/session";
import { inMetres } from "../state/units";
import type { View } from "../state/view";
import type { Lock } from "./address";

export class Linking {
  private readonly sessions = new Map<string, { session: Session; stop: () => void }>();
  private locks: ReadonlySet<Lock>;
  private isLeading = false;

  constructor(locks: ReadonlySet<Lock>) {
    this.locks = locks;
  }

  setLocks(locks: ReadonlySet<Lock>): void {
    this.locks = locks;
    const [first] = this.sessions.values();
    if (first) this.lead(first.session);
  }

  /** Takes an image in, which then looks where the first one does; the function takes it out. */
  join(id: string, session: Session): () => void {
    const stops = [
      session.view.subscribe(() => this.lead(session)),
      session.onCamera(() => this.lead(session)),
    ];
    const stop = (): void => stops.forEach((each) => each());
    this.sessions.set(id, { session, stop });
    const [first] = this.sessions.values();
    if (first) this.lead(first.session);
    return () => {
      stop();
      this.sessions.delete(id);
    };
  }

  private lead(leader: Session): void {
    if (this.isLeading) return;
    this.isLeading = true;
    for (const { session } of this.sessions.values())
      if (session !== leader) this.follow(leader, session);
    this.isLeading = false;
  }

  private follow(leader: Session, session: Session): void {
    const from = leader.view.value;
    const to = session.view.value;
    const change: { -readonly [Key in keyof View]?: View[Key] } = {};
    const { sizeZ, sizeT } = leader.facts;
    // Where there is one plane, nobody has chosen it.
    if (this.locks.has("z") && sizeZ > 1) change.z = clamp(from.z, 0, session.facts.sizeZ - 1);
    if (this.locks.has("t") && sizeT > 1) change.t = clamp(from.t, 0, session.facts.sizeT - 1);
    if (this.locks.has("c")) {
      change.model = from.model;
      change.channels = to.channels.map((channel, at) => from.channels[at] ?? channel);
    }
    if (this.locks.has("v")) {
      change.rotation = from.rotation;
      change.flipped = from.flipped;
    }
    const isNew = Object.entries(change).some(
      ([key, value]) => !same(to[key as keyof View], value),
    );
    if (isNew) session.change(change);
    if (this.locks.has("v")) this.look(leader, session);
  }

  private look(leader: Session, session: Session): void {
    const [seen, stage] = [leader.stage.value?.view.value, session.stage.value];
    if (!seen || !stage) return;
    if (seen.fitted) {
      if (!stage.view.value.fitted) stage.fit();
      return;
    }
    const next = seenFrom(seen.camera, leader.facts, session.facts);
    const { camera } = stage.view.value;
    const near = 0.05 / next.zoom;
    const isThere =
      Math.abs(camera.x - next.x) < near &&
      Math.abs(camera.y - next.y) < near &&
      Math.abs(camera.zoom / next.zoom - 1) < 1e-4;
    if (!isThere) stage.setCamera(next);
  }
}

function same(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((each, at) => each === b[at]);
}

/**
 * Where another image must be looked at to show the same place, from its middle, equally large.
 *
 * In micrometres where both files say how large their pixels are, else in pixels.
 */
export function seenFrom(camera: Camera, from: ImageFacts, to: ImageFacts): Camera {
  const [a, b] = [from.pixelSize.x, to.pixelSize.x].map((each) => each && inMetres(each));
  const ratio = a && b ? a / b : 1;
  return {
    x: to.width / 2 + (camera.x - from.width / 2) * ratio,
    y: to.height / 2 + (camera.y - from.height / 2) * ratio,
    zoom: camera.zoom / ratio,
  };
}
