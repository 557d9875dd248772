/** Renderings that can be gone back to. */

import { sameChannel, type View } from "./view";

/** What undo is about: how the image is rendered, not where one looks. */
export type Rendering = Pick<View, "channels" | "model">;

const REMEMBERED = 100;

export class RenderingHistory {
  private readonly past: Rendering[] = [];
  private readonly future: Rendering[] = [];
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
    this.past.push(this.now);
    if (this.past.length > REMEMBERED) this.past.shift();
    this.future.length = 0;
    this.now = next;
  }

  /** The rendering before; null at the beginning. */
  undo(): Rendering | null {
    return this.go(this.past, this.future);
  }

  /** The rendering that undo left; null when there is none. */
  redo(): Rendering | null {
    return this.go(this.future, this.past);
  }

  private go(from: Rendering[], to: Rendering[]): Rendering | null {
    const next = from.pop();
    if (!next) return null;
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
