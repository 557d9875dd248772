/** Keys of the viewer that hold for images side by side: for the one that was touched last. */

import type { Session } from "../state/session";
import { useViewerCommands } from "../useViewerCommands";
import { navigate } from "wouter/use-browser-location";

export function useCompareCommands(session: Session | null): void {
  const close = (): void => navigate(session ? `/i/${session.facts.id.split(":")[1]}` : "/");
  useViewerCommands(session, { previous: null, next: null, close });
}
