/** Latest wins: while a drag goes on, the next setting starts when the last one is on the screen. */

import type { Variant } from "./source";

export function sameVariant(a: Variant, b: Variant): boolean {
  return a.z === b.z && a.t === b.t && a.style === b.style && !a.lossless === !b.lossless;
}

/**
 * Chooses which of the offered variants is asked for.
 *
 * A live offer (a slider under the finger, a key held down, a movie) waits until the
 * current one has arrived, and only the newest of those waiting is ever used: the server
 * is asked as fast as it answers. Any other offer replaces everything at once.
 */
export class VariantPacer {
  private active: Variant;
  private waiting: Variant | null = null;
  private arrived = false;

  constructor(first: Variant) {
    this.active = first;
  }

  /** The variant whose tiles are wanted. */
  get current(): Variant {
    return this.active;
  }

  get hasWaiting(): boolean {
    return this.waiting !== null;
  }

  /** Offers a variant; true when it became the current one at once. */
  offer(variant: Variant, live: boolean): boolean {
    this.waiting = null;
    if (sameVariant(variant, this.active)) return false;
    if (live && !this.arrived) {
      this.waiting = variant;
      return false;
    }
    return this.begin(variant);
  }

  /** Says that all of the current variant is on the screen; true when a waiting one begins. */
  settle(): boolean {
    this.arrived = true;
    return this.waiting !== null && this.begin(this.waiting);
  }

  /** Says that something of the current variant is missing (the view moved). */
  unsettle(): void {
    this.arrived = false;
  }

  private begin(variant: Variant): boolean {
    this.waiting = null;
    this.active = variant;
    this.arrived = false;
    return true;
  }
}
