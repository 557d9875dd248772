import "./commands";
import { lazy, Suspense } from "react";
import { useLocation } from "wouter";
import { useCommandHandlers } from "../commands/registry";
import { usePerson } from "../session/session";
import { sharedAt, useSharing } from "./state";

const Dialog = lazy(async () => ({ default: (await import("./ShareDialog")).ShareDialog }));

/** Shares what the address shows, and shows the dialog while something is being shared. */
export function ShareHost() {
  const person = usePerson();
  const { shared, open, close } = useSharing();
  const [place] = useLocation();
  const here = sharedAt(place, "");
  useCommandHandlers(
    here === null || person === null
      ? {}
      : {
          "share.open": () => open(sharedAt(place, window.location.search) ?? here),
        },
  );
  if (shared === null) return null;
  return (
    <Suspense fallback={null}>
      <Dialog key={shared.id} shared={shared} onClose={close} />
    </Suspense>
  );
}
