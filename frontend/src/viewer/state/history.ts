/** Renderings that can be gone back to. */

import { sameChannel, type View } from "./view";

/** What undo is about: how the image is rendered, not where one looks. */
export type Rendering = Pick<View, "channels" | "model">;

/** Something else that was done to the image, such as to its regions. */
export interface Act {
  undo(): void;
  redo(): void;
}

const REMEMBERED = 100;

export class RenderingHistory {
  private readonly past: (Rendering | Act)[] = [];
  private readonly future: (Rendering | Act)[] = [];
  private now: Rendering;

  constructor(first: Rendering) {
    this.now = first;
  }

  /** The last rendering that a change came to rest at. */
  get present(): Rendering {
    return this.now;
  }

  /** Notes a rendering that a change has come to rest at. */
  commit({ channels, model }: Rendering): void {
    const next = { channels, model };
    if (sameRendering(next, this.now)) return;
    this.note(this.now);
    this.now = next;
  }

  /** Notes an act that has been done. */
  note(act: Rendering | Act): void {
    this.past.push(act);
    if (this.past.length > REMEMBERED) this.past.shift();
    this.future.length = 0;
  }

  /** The rendering before; null at the beginning, or where an act was undone instead. */
  undo(): Rendering | null {
    return this.go(this.past, this.future, "undo");
  }

  /** The rendering that undo left; null when there is none, or an act was done again. */
  redo(): Rendering | null {
    return this.go(this.future, this.past, "redo");
  }

  private go(from: (Rendering | Act)[], to: (Rendering | Act)[], way: keyof Act): Rendering | null {
    const next = from.pop();
    if (!next) return null;
    if ("undo" in next) {
      to.push(next);
      next[way]();
      return null;
    }
    to.push(this.now);
    this.now = next;
    return next;
  }
}

function sameRendering(a: Rendering, b: Rendering): boolean {
  return (
    a.model === b.model &&
    a.channels.length === b.channels.length &&
    a.channels.every((channel, at) => {
      const other = b.channels[at];
      return other !== undefined && sameChannel(channel, other);
    })
  );
}
