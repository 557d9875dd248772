/** What a tag dialog shows of each tag, and what it changes. */

export type TagState = "all" | "some" | "none";

/** How far a tag is on things: it is on some of them, all or none. */
export function stateOf(count: number, total: number): TagState {
  if (count <= 0) return "none";
  return count < total ? "some" : "all";
}

/** The state after a click: onto all, then off all, and back to how it was. */
export function nextState(now: TagState, was: TagState): TagState {
  if (now === "some") return "all";
  if (now === "all") return "none";
  return was === "some" ? "some" : "all";
}

/** The tags to put on all things and to take off all, of those that were clicked. */
export function changesOf(
  clicked: ReadonlyMap<string, TagState>,
  before: (name: string) => TagState,
): { on: string[]; off: string[] } {
  const changed = [...clicked].filter(([name, now]) => now !== before(name));
  return {
    on: changed.filter(([, now]) => now === "all").map(([name]) => name),
    off: changed.filter(([, now]) => now === "none").map(([name]) => name),
  };
}
