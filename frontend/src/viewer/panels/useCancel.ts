import { useEffect, useMemo } from "react";

/** A change under the hand that Escape takes back. */
export interface Cancel {
  /** To be asked with each change; false when the hand's further moves no longer count. */
  goesOn(): boolean;
  /** The hand has let go. True when the change holds. */
  end(): boolean;
}

/** Hears Escape from the first change to the hand's letting go. */
export function useCancel(takeBack: () => void): Cancel {
  const drag = useMemo(() => new Drag(takeBack), [takeBack]);
  useEffect(() => () => void drag.end(), [drag]);
  return drag;
}

class Drag implements Cancel {
  private readonly takeBack: () => void;
  private listening: AbortController | null = null;
  private isCancelled = false;

  constructor(takeBack: () => void) {
    this.takeBack = takeBack;
  }

  goesOn(): boolean {
    if (!this.listening) {
      this.listening = new AbortController();
      const { signal } = this.listening;
      const hear = (event: KeyboardEvent) => this.hear(event);
      // Before anybody else: Escape also closes panels and leaves the image.
      window.addEventListener("keydown", hear, { signal, capture: true });
    }
    return !this.isCancelled;
  }

  end(): boolean {
    this.listening?.abort();
    this.listening = null;
    const held = !this.isCancelled;
    this.isCancelled = false;
    return held;
  }

  private hear(event: KeyboardEvent): void {
    if (event.key !== "Escape" || this.isCancelled) return;
    event.preventDefault();
    event.stopPropagation();
    this.isCancelled = true;
    this.takeBack();
  }
}
