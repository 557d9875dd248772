/** The commands that export and make figures, wherever images are shown. */

import { lazy, Suspense, useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { useCommandHandlers } from "../commands/registry";

const ExportDialog = lazy(() => import("./ExportDialog"));

interface Props {
  /** Global ids of what is meant now; none where nothing is. */
  ids: readonly string[];
  /** Whether this is the viewer, whose address says how the image is shown. */
  isViewer?: boolean;
}

/** Answers to Export and Make a figure; its window is fetched when it is first opened. */
export function ExportHost({ ids, isViewer = false }: Props) {
  const [view, setView] = useState<Record<string, string> | null>(null);
  const numbers = ids.flatMap((id) => /^Image:(\d+)$/.exec(id)?.[1] ?? []);
  const said = (): string => {
    const query = isViewer ? new URLSearchParams(viewKeys(window.location.search)) : "";
    const text = query.toString();
    return text === "" ? "" : `&${text}`;
  };
  useCommandHandlers({
    ...(ids.length === 0
      ? {}
      : { "export.open": () => setView(isViewer ? viewKeys(window.location.search) : {}) }),
    ...(numbers.length === 0
      ? {}
      : {
          "export.figure": () => navigate(`/figure?i=${numbers.slice(0, 100).join(",")}${said()}`),
        }),
    ...(numbers.length === 1
      ? { "export.split": () => navigate(`/figure?split=${numbers[0] ?? ""}${said()}`) }
      : {}),
  });
  if (view === null) return null;
  return (
    <Suspense fallback={null}>
      <ExportDialog ids={ids} view={view} onClose={() => setView(null)} />
    </Suspense>
  );
}

const KEYS = ["z", "t", "c", "m", "p"];

/** What a viewer's address says of planes and channels; the words are those of exports too. */
export function viewKeys(search: string): Record<string, string> {
  const query = new URLSearchParams(search);
  return Object.fromEntries(
    KEYS.flatMap((key) => {
      const value = query.get(key);
      return value === null ? [] : [[key, value]];
    }),
  );
}
