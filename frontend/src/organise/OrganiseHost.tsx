import { lazy, Suspense } from "react";
import { useOrganise } from "./state";

const Dialogs = lazy(async () => ({ default: (await import("./Dialogs")).Dialogs }));

/** Shows the dialog that is open, with code that comes when the first one is. */
export function OrganiseHost() {
  const ask = useOrganise((state) => state.ask);
  if (ask === null) return null;
  return (
    <Suspense fallback={null}>
      <Dialogs ask={ask} />
    </Suspense>
  );
}
