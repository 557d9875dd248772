/** Inertia of a panned image: the speed of the hand at release, and how it dies away. */

import type { Point } from "./geometry";

interface Sample extends Point {
  readonly time: number;
}

/** Only the last tenth of a second of a drag says how fast the hand was. */
const WINDOW_MS = 100;
/** Time constant of the slowing down. */
const DECAY_MS = 180;
/** CSS pixels per ms below which the image rests, and above which a release throws it. */
const REST_SPEED = 0.02;
const THROW_SPEED = 0.15;

/** Remembers a drag's last positions (CSS pixels, ms) to know its speed at release. */
export class DragSpeed {
  private samples: Sample[] = [];

  start(point: Point, time: number): void {
    this.samples = [{ x: point.x, y: point.y, time }];
  }

  move(point: Point, time: number): void {
    this.samples.push({ x: point.x, y: point.y, time });
    this.samples = this.samples.filter((sample) => time - sample.time <= WINDOW_MS);
  }

  /** CSS pixels per ms at `time`; zero when the hand rested before letting go. */
  velocity(time: number): Point {
    const recent = this.samples.filter((sample) => time - sample.time <= WINDOW_MS);
    const first = recent[0];
    const last = recent.at(-1);
    if (!first || !last || last.time - first.time < 8) return { x: 0, y: 0 };
    const span = last.time - first.time;
    const velocity = { x: (last.x - first.x) / span, y: (last.y - first.y) / span };
    return Math.hypot(velocity.x, velocity.y) < THROW_SPEED ? { x: 0, y: 0 } : velocity;
  }
}

/** How far a thrown image glides in `elapsed` ms, and how fast it is afterwards. */
export function glide(velocity: Point, elapsed: number): { moved: Point; velocity: Point } {
  const left = Math.exp(-elapsed / DECAY_MS);
  const way = DECAY_MS * (1 - left);
  const next = { x: velocity.x * left, y: velocity.y * left };
  const rests = Math.hypot(next.x, next.y) < REST_SPEED;
  return {
    moved: { x: velocity.x * way, y: velocity.y * way },
    velocity: rests ? { x: 0, y: 0 } : next,
  };
}
