import { AppShell } from "../shell/AppShell";
import type { Scope } from "./scope";

/** Images of a scope. */
export function BrowsePage({ scope }: { scope: Scope }) {
  return (
    <AppShell screen="browse" title={scope.kind}>
      {scope.kind}
    </AppShell>
  );
}
