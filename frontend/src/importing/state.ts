/** What of importing is open on the page; all that the page's first script holds of it. */

import { create } from "zustand";
import type { Picked } from "./picking";

interface ImportState {
  /** The dialog in which files are chosen. */
  isChoosing: boolean;
  isTrayOpen: boolean;
  /** Files that were dropped or chosen and are not on their way yet; null before any were. */
  picked: readonly Picked[] | null;
  /** Uploads that go on since their files were chosen again. */
  rejoined: number;
  /** Batches that are not done, as far as this page knows. */
  working: number;
  choose(): void;
  pick(picked: readonly Picked[]): void;
  close(): void;
  toggleTray(): void;
  closeTray(): void;
  openTray(): void;
}

export const useImporting = create<ImportState>()((set) => ({
  isChoosing: false,
  isTrayOpen: false,
  picked: null,
  rejoined: 0,
  working: 0,
  choose: () => set({ isChoosing: true, isTrayOpen: false }),
  pick: (picked) => set({ isChoosing: true, isTrayOpen: false, picked }),
  close: () => set({ isChoosing: false, picked: null, rejoined: 0 }),
  toggleTray: () => set(({ isTrayOpen }) => ({ isTrayOpen: !isTrayOpen })),
  closeTray: () => set({ isTrayOpen: false }),
  openTray: () => set({ isTrayOpen: true, isChoosing: false, picked: null, rejoined: 0 }),
}));

const MARK = "micrograph.imports.waiting";

/** Whether the last page left uploads behind, so that the queue has to be woken. */
export function hasLeftUploads(): boolean {
  return window.localStorage.getItem(MARK) !== null;
}

/** Remember for the next page whether there are uploads that go on. */
export function markLeftUploads(left: boolean): void {
  if (left) window.localStorage.setItem(MARK, "1");
  else window.localStorage.removeItem(MARK);
}
