/** Values under the cursor where the picture is of a coarser level, whose samples are means. */

import { graphql } from "../../api/document";
import type { PixelValuesQuery, PixelValuesQueryVariables } from "../../api/generated/graphql";
import { gql } from "../../api/gql";
import { chooseLevel, makeLevels } from "../engine/levels";
import type { Session } from "../state/session";
import { shownChannels } from "../state/view";

const pixelValues = graphql<PixelValuesQuery, PixelValuesQueryVariables>(`
  query PixelValues(
    $id: ID!
    $region: RegionInput!
    $z: RangeInput!
    $t: RangeInput!
    $channels: [Int!]!
  ) {
    image(id: $id) {
      statistics(
        region: $region
        z: $z
        t: $t
        channels: $channels
        level: 0
        percentiles: []
        bins: 1
      ) {
        channels { index mean }
      }
    }
  }
`);

/** A cursor that rests this long (ms) is asked about. */
const REST_MS = 300;

/** Asks the server for the sample under a resting cursor; the function ends it. */
export function followCursor(session: Session): () => void {
  const levels = makeLevels(session.facts.levels);
  let timer = 0;
  let running: AbortController | null = null;
  const isCoarse = (): boolean =>
    chooseLevel(levels, session.zoom.value * (window.devicePixelRatio || 1)) > 0;
  const ask = async (): Promise<void> => {
    const at = session.cursor.value;
    const view = session.view.value;
    if (!at || view.projection !== "" || !isCoarse()) return;
    const controller = new AbortController();
    running = controller;
    const channels = shownChannels(view);
    if (channels.length === 0) return;
    const variables = {
      id: session.facts.id,
      region: { x: at.x, y: at.y, width: 1, height: 1 },
      z: { first: view.z, last: view.z },
      t: { first: view.t, last: view.t },
      channels,
    };
    const { image } = await gql(pixelValues, variables, { signal: controller.signal });
    const found = new Map(image?.statistics.channels?.map(({ index, mean }) => [index, mean]));
    if (session.cursor.value === at)
      session.values.set(channels.map((index) => found.get(index) ?? null));
  };
  const later = (): void => {
    running?.abort();
    window.clearTimeout(timer);
    // Without an answer the coarser values stay, which are right within the width of a pixel.
    timer = window.setTimeout(() => void ask().catch(() => undefined), REST_MS);
  };
  const stops = [session.cursor.subscribe(later), session.view.subscribe(later)];
  return () => {
    for (const stop of stops) stop();
    running?.abort();
    window.clearTimeout(timer);
  };
}
