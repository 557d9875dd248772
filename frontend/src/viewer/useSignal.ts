/** Signals in components. */

import { useSyncExternalStore } from "react";
import type { Signal } from "./engine/signal";

/** The signal's value, or what `select` makes of it; equal selections render nothing. */
export function useSignal<T>(signal: Signal<T>): T;
export function useSignal<T, S>(signal: Signal<T>, select: (value: T) => S): S;
export function useSignal<T, S>(signal: Signal<T>, select?: (value: T) => S): T | S {
  const read = () => (select ? select(signal.value) : signal.value);
  return useSyncExternalStore(signal.subscribe, read, read);
}
