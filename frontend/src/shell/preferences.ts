import { create } from "zustand";
import { persist } from "zustand/middleware";

export type Theme = "system" | "dark" | "light";

/** What a person chose about the interface; kept in this browser. */
export interface Preferences {
  theme: Theme;
  /** Which side panels are open, per screen ("browse.sidebar"). */
  panels: Record<string, boolean>;
  /** Widths of resizable panels in CSS pixels. */
  widths: Record<string, number>;
  setTheme(theme: Theme): void;
  setPanel(panel: string, open: boolean): void;
  setWidth(panel: string, width: number): void;
}

export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      theme: "system",
      panels: {},
      widths: {},
      setTheme: (theme) => set({ theme }),
      setPanel: (panel, open) => set((state) => ({ panels: { ...state.panels, [panel]: open } })),
      setWidth: (panel, width) => set((state) => ({ widths: { ...state.widths, [panel]: width } })),
    }),
    { name: "micrograph.preferences" },
  ),
);

function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Put the chosen theme on the page, now and whenever it changes. */
export function followTheme(): void {
  applyTheme(usePreferences.getState().theme);
  usePreferences.subscribe((state) => applyTheme(state.theme));
}
