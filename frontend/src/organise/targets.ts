import type { ImageFilter } from "../api/generated/graphql";

/** What a change is about: things by their ids, or all images that a filter finds. */
export interface Targets {
  readonly type: "Image" | "Dataset" | "Plate" | "Project" | "Screen" | "TagAnnotation";
  /** Global ids; null when `filter` says which. */
  readonly ids: readonly string[] | null;
  readonly filter: ImageFilter | null;
  readonly count: number;
  /** Global id of the container they are looked at in: what they are moved out of. */
  readonly from: string | null;
}

/** Targets that are named one by one. */
export function named(
  type: Targets["type"],
  ids: readonly string[],
  from: string | null = null,
): Targets {
  return { type, ids, filter: null, count: ids.length, from };
}
