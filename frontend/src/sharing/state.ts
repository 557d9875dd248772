/** What is being shared; all that the page's first script holds of it. */

import { create } from "zustand";

export interface Shared {
  /** Global id, such as `Image:42`. */
  readonly id: string;
  /** How it is shown now: the query of its address, without `?`. */
  readonly state: string;
}

interface SharingState {
  shared: Shared | null;
  open(shared: Shared): void;
  close(): void;
}

export const useSharing = create<SharingState>()((set) => ({
  shared: null,
  open: (shared) => set({ shared }),
  close: () => set({ shared: null }),
}));

const TYPES: Record<string, string> = {
  project: "Project",
  dataset: "Dataset",
  screen: "Screen",
  plate: "Plate",
  i: "Image",
};

/** What an address shows, if that can be shared. */
export function sharedAt(pathname: string, search: string): Shared | null {
  const [, kind, number] = /^\/(\w+)\/(\d+)$/.exec(pathname) ?? [];
  const type = kind === undefined ? undefined : TYPES[kind];
  if (type === undefined || number === undefined) return null;
  return { id: `${type}:${number}`, state: search.replace(/^\?/, "") };
}
