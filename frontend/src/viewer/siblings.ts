/** The images that stood beside this one where it was opened. */

/** Kept in the history entry by the list that opened the image. */
export interface OpenedFrom {
  /** Ids in the order of the list. */
  readonly siblings?: readonly string[];
  /** Address of the list. */
  readonly from?: string;
}

export interface Siblings {
  readonly previous: string | null;
  readonly next: string | null;
  /** One-based; 0 when the list is not known. */
  readonly at: number;
  readonly count: number;
}

/** What the history entry says; anything else in it is ignored. */
export function openedFrom(state: unknown): OpenedFrom {
  if (typeof state !== "object" || state === null) return {};
  const { siblings, from } = state as { siblings?: unknown; from?: unknown };
  const ids = Array.isArray(siblings) ? siblings.filter((id) => typeof id === "string") : null;
  return {
    ...(ids ? { siblings: ids } : {}),
    ...(typeof from === "string" && from.startsWith("/") ? { from } : {}),
  };
}

export function siblingsOf(id: string, { siblings = [] }: OpenedFrom): Siblings {
  const at = siblings.indexOf(id);
  if (at < 0) return { previous: null, next: null, at: 0, count: 0 };
  return {
    previous: siblings[at - 1] ?? null,
    next: siblings[at + 1] ?? null,
    at: at + 1,
    count: siblings.length,
  };
}
