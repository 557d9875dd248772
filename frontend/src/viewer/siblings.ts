/** The images that stand beside this one: in the list it was opened from, else in its dataset. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { graphql } from "../api/document";
import type { ViewerSiblingsQuery, ViewerSiblingsQueryVariables } from "../api/generated/graphql";
import { gql } from "../api/gql";
import { numberOf } from "../browse/ids";
import { imageQuery } from "./data/imageQuery";

/** Kept in the history entry by the list that opened the image. */
export interface OpenedFrom {
  /** Numbers of the images in the order of the list. */
  readonly siblings?: readonly string[];
  /** Address of the list. */
  readonly from?: string;
  /** It was reached from a neighbour: its own neighbours will probably be wanted too. */
  readonly stepped?: boolean;
}

export interface Siblings {
  readonly previous: string | null;
  readonly next: string | null;
  /** One-based; 0 when the list is not known. */
  readonly at: number;
  readonly count: number;
}

const UNKNOWN: Siblings = { previous: null, next: null, at: 0, count: 0 };

const viewerSiblings = graphql<ViewerSiblingsQuery, ViewerSiblingsQueryVariables>(`
  query ViewerSiblings($dataset: ID!) {
    dataset(id: $dataset) {
      imageCount
      images(first: 500, orderBy: NAME_ASC) { nodes { id } }
    }
  }
`);

/** What the history entry says; anything else in it is ignored. */
export function openedFrom(state: unknown): OpenedFrom {
  if (typeof state !== "object" || state === null) return {};
  const { siblings, from, stepped } = state as Record<keyof OpenedFrom, unknown>;
  const ids = Array.isArray(siblings) ? siblings.filter((id) => typeof id === "string") : null;
  return {
    ...(ids ? { siblings: ids } : {}),
    ...(typeof from === "string" && from.startsWith("/") ? { from } : {}),
    ...(stepped === true ? { stepped } : {}),
  };
}

/** @param count how many there are, when the list is only a beginning */
export function siblingsOf(
  number: string,
  list: readonly string[],
  count: number = list.length,
): Siblings {
  const at = list.indexOf(number);
  if (at < 0) return UNKNOWN;
  return { previous: list[at - 1] ?? null, next: list[at + 1] ?? null, at: at + 1, count };
}

/**
 * The neighbours of an image, and the history state that its successor is opened with.
 *
 * @param dataset global id of the dataset, asked only when the history entry names no list
 */
export function useSiblings(number: string, dataset: string | null, isReady: boolean) {
  const [origin] = useState(() => openedFrom(window.history.state));
  const client = useQueryClient();
  const answer = useQuery({
    queryKey: ["viewer.siblings", dataset],
    queryFn: ({ signal }) => gql(viewerSiblings, { dataset: dataset ?? "" }, { signal }),
    enabled: isReady && dataset !== null && origin.siblings === undefined,
  });
  const found = answer.data?.dataset;
  const list = origin.siblings ?? found?.images.nodes.map(({ id }) => numberOf(id)) ?? [];
  const siblings = siblingsOf(number, list, origin.siblings ? list.length : found?.imageCount);
  const { previous, next } = siblings;
  useEffect(() => {
    if (!isReady || !origin.stepped) return;
    // The next picture's facts are there when it is asked for, so that nothing blinks.
    for (const neighbour of [next, previous])
      if (neighbour !== null) void client.prefetchQuery(imageQuery(neighbour));
  }, [client, isReady, next, origin, previous]);
  return { siblings, origin };
}
