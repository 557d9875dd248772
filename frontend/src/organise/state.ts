import { create } from "zustand";
import type { Targets } from "./targets";

/** What a dialog asks for before something is changed. */
export type Ask =
  | {
      readonly kind: "tag" | "pairs" | "comment" | "rate" | "move" | "delete" | "unlink";
      readonly targets: Targets;
    }
  | { readonly kind: "newProject" }
  | { readonly kind: "newDataset"; readonly project: string | null }
  | { readonly kind: "rename"; readonly id: string }
  | {
      readonly kind: "drop";
      readonly targets: Targets;
      readonly to: string;
      readonly name: string;
      readonly isLink: boolean;
    };

/** The open dialog; the code behind it comes when the first one opens. */
export const useOrganise = create<{ ask: Ask | null }>()(() => ({ ask: null }));

export function ask(question: Ask | null): void {
  useOrganise.setState({ ask: question });
}

type Listener = () => void;
const listeners = new Set<Listener>();

/** Hear of changes that lists and trees show. */
export function onChanged(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Tell that something was changed. */
export function changed(): void {
  for (const listener of listeners) listener();
}
