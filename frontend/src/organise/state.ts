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

/** What a change touches: what is written on things, or where they are. */
export type Touched = "annotations" | "places";
type Listener = (touched: Touched) => void;
const listeners = new Set<Listener>();

/** Hear of changes that lists and trees show. */
export function onChanged(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Tell that something was changed. */
export function changed(touched: Touched): void {
  for (const listener of listeners) listener(touched);
}
