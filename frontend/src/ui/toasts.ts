import { create } from "zustand";

/** One short message at the window's edge. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  /** What to do about it, or more about it. */
  readonly detail?: string | undefined;
  readonly isError: boolean;
  readonly action?: { readonly label: string; run(): void } | undefined;
}

interface Toasts {
  readonly shown: readonly Toast[];
  close(id: number): void;
}

/** At most so many are shown; older ones go. */
const SHOWN_MAX = 3;
let last = 0;

export const useToasts = create<Toasts>()((set) => ({
  shown: [],
  close: (id) => set(({ shown }) => ({ shown: shown.filter((each) => each.id !== id) })),
}));

/** Say something that does not interrupt; returns the toast's id. */
export function toast(
  text: string,
  options: { detail?: string | undefined; isError?: boolean; action?: Toast["action"] } = {},
): number {
  last += 1;
  const next: Toast = { ...options, id: last, text, isError: options.isError ?? false };
  useToasts.setState(({ shown }) => ({ shown: [...shown, next].slice(-SHOWN_MAX) }));
  return last;
}
