import { useEffect, useRef } from "react";

/** Where a command's keys are listened to. `everywhere` holds on all screens. */
export type Context = "everywhere" | "browser" | "viewer" | "figure";

/** One thing a person can do: one name and one key in menu, palette, tooltip, docs and `?`. */
export interface Command {
  readonly id: string;
  readonly title: string;
  /** As `pressed()` writes them; the first is shown. `G H` is a chord: G, then H. */
  readonly keys: readonly string[];
  readonly when: Context;
  /** Keys that a focused widget (grid, list) hears itself, and that are only listed here. */
  readonly local: boolean;
}

type Run = () => void;

const commands = new Map<string, Command>();
const handlers = new Map<string, Run[]>();
const listeners = new Set<() => void>();
let version = 0;

/**
 * Declare a command. It runs `run`, or what the mounted screen says with `useCommandHandlers`.
 *
 * Declare all commands of an area in its `commands.ts`; a test reads those modules and fails when
 * two commands could hear the same key.
 */
export function command(
  id: string,
  title: string,
  keys: readonly string[],
  when: Context,
  run?: Run,
  options: { local?: boolean } = {},
): Command {
  const declared: Command = { id, title, keys, when, local: options.local ?? false };
  commands.set(id, declared);
  if (run !== undefined) handlers.set(id, [run]);
  return declared;
}

/** All declared commands, in the order of declaration. */
export function allCommands(): Command[] {
  return [...commands.values()];
}

/** The command of that id; undefined when none was declared. */
export function commandOf(id: string): Command | undefined {
  return commands.get(id);
}

/** Whether somebody would hear the command now. */
export function canRun(id: string): boolean {
  return (handlers.get(id)?.length ?? 0) > 0;
}

/** Run a command; false when nothing on the screen answers to it. */
export function runCommand(id: string): boolean {
  const run = handlers.get(id)?.at(-1);
  run?.();
  return run !== undefined;
}

/** Answer to commands while the calling component is mounted; the last mounted wins. */
export function useCommandHandlers(own: Record<string, Run>): void {
  const latest = useRef(own);
  useEffect(() => {
    latest.current = own;
  });
  const ids = Object.keys(own).join(" ");
  useEffect(() => {
    const mine = ids.split(" ").map((id) => [id, () => latest.current[id]?.()] as const);
    for (const [id, run] of mine) handlers.set(id, [...(handlers.get(id) ?? []), run]);
    changed();
    return () => {
      for (const [id, run] of mine) {
        handlers.set(
          id,
          (handlers.get(id) ?? []).filter((each) => each !== run),
        );
      }
      changed();
    };
  }, [ids]);
}

function changed(): void {
  version += 1;
  for (const listener of listeners) listener();
}

/** For useSyncExternalStore: changes when what can be run changes. */
export const registryStore = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  snapshot: (): number => version,
};

/** Pairs of commands that could hear the same key. A chord's first stroke counts as its key. */
export function conflicts(all: readonly Command[]): [Command, Command, string][] {
  const found: [Command, Command, string][] = [];
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      if (!meet(one.when, other.when)) continue;
      for (const key of one.keys) {
        if (other.keys.some((each) => clash(key, each))) found.push([one, other, key]);
      }
    }
  }
  return found;
}

function meet(one: Context, other: Context): boolean {
  return one === other || one === "everywhere" || other === "everywhere";
}

function clash(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other} `) || other.startsWith(`${one} `);
}
