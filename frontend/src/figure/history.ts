/** The steps of a figure, to be taken back. */

import { create } from "zustand";
import type { Figure } from "./model";

const MOST = 100;

interface Steps {
  readonly figure: Figure | null;
  readonly past: readonly Figure[];
  readonly future: readonly Figure[];
  /** What was saved last; null for nothing. */
  readonly saved: Figure | null;
  /** Number of the saved figure; null for a new one. */
  readonly number: string | null;
  open(figure: Figure, number: string | null): void;
  /** A change; with `goesOn`, of the same movement as the one before. */
  change(figure: Figure, goesOn?: boolean): void;
  undo(): void;
  redo(): void;
  /** It was saved under a number. */
  keep(number: string): void;
  close(): void;
}

export const useFigure = create<Steps & { moving: boolean }>()((set, get) => ({
  figure: null,
  past: [],
  future: [],
  saved: null,
  moving: false,
  number: null,
  open: (figure, number) =>
    set({
      figure,
      number,
      past: [],
      future: [],
      saved: number === null ? null : figure,
      moving: false,
    }),
  change: (figure, goesOn = false) => {
    const { figure: before, past, moving } = get();
    if (before === null || before === figure) return;
    const steps = moving ? past : [...past, before].slice(-MOST);
    set({ figure, past: steps, future: [], moving: goesOn });
  },
  undo: () => {
    const { figure, past, future } = get();
    const before = past.at(-1);
    if (before === undefined || figure === null) return;
    set({ figure: before, past: past.slice(0, -1), future: [figure, ...future], moving: false });
  },
  redo: () => {
    const { figure, past, future } = get();
    const [next, ...rest] = future;
    if (next === undefined || figure === null) return;
    set({ figure: next, past: [...past, figure], future: rest, moving: false });
  },
  keep: (number) => set(({ figure }) => ({ saved: figure, number })),
  close: () => set({ figure: null, number: null, past: [], future: [], saved: null }),
}));
