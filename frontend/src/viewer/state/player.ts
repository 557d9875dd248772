/** Plays a time series: a step when it is due, never before the last one is on the screen. */

import { Signal } from "../engine/signal";

export interface PlayerTarget {
  /** Whether the last step is fully visible. */
  ready(): boolean;
  /** Goes one step on, from the last to the first. */
  next(): void;
}

export class Player {
  readonly playing = new Signal(false);
  readonly fps = new Signal(8);
  private readonly target: PlayerTarget;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = 0;

  constructor(target: PlayerTarget) {
    this.target = target;
  }

  toggle(): void {
    if (this.playing.value) this.stop();
    else this.start();
  }

  start(): void {
    if (this.playing.value) return;
    this.playing.set(true);
    this.due = performance.now();
    this.tick();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.playing.set(false);
  }

  /** Looks again whether the next step can be made: called when something arrived. */
  tick(): void {
    if (!this.playing.value) return;
    clearTimeout(this.timer);
    const now = performance.now();
    if (now >= this.due && this.target.ready()) {
      this.target.next();
      // A late picture moves the rhythm; it is not made up for by a hurried one.
      this.due = Math.max(this.due + 1000 / this.fps.value, now);
    }
    // While a picture is late, its arrival calls again; the timer is for the rhythm only.
    if (this.due > now) this.timer = setTimeout(() => this.tick(), this.due - now);
  }
}
