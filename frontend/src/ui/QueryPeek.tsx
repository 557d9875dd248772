import { lazy, Suspense } from "react";
import type { TypedDocument } from "../api/document";

export interface QueryPeekProps {
  /** The question that matters most here; else the newest. */
  document?: Pick<TypedDocument<unknown, unknown>, "source">;
  variables?: Record<string, unknown>;
  isOpen: boolean;
  onClose(): void;
}

const Dialog = lazy(async () => ({ default: (await import("./QueryDialog")).QueryDialog }));

/** What a view has asked the server, as GraphQL, Python and curl. */
export function QueryPeek(props: QueryPeekProps) {
  if (!props.isOpen) return null;
  return (
    <Suspense fallback={null}>
      <Dialog {...props} />
    </Suspense>
  );
}
