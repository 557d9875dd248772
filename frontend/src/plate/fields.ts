/** The images of a plate's fields, by the place of their well; asked once for a plate. */

import type { QueryClient } from "@tanstack/react-query";
import { gql } from "../api/gql";
import { type PlateAnswer, plateFields } from "./documents";

/** Pages have at most 500 wells: bands of rows of at most 48 columns. */
const BAND = 10;

/**
 * Numbers of the images of each well, in the order in which fields are counted.
 *
 * @param run number of the run whose fields are counted; null for all
 */
export async function fieldsOfPlate(
  client: QueryClient,
  plate: PlateAnswer,
  run: string | null,
): Promise<Map<number, string[]>> {
  const rows = plate.picture?.rows ?? 0;
  const columns = plate.picture?.columns ?? 1;
  const bands = Array.from({ length: Math.ceil(rows / BAND) }, (_, at) => at * BAND);
  const answers = await client.fetchQuery({
    queryKey: ["plate fields", plate.id],
    queryFn: ({ signal }) =>
      Promise.all(
        bands.map((min) =>
          gql(
            plateFields,
            { id: plate.id, wells: { row: { min, max: min + BAND - 1 } } },
            { signal },
          ),
        ),
      ),
    staleTime: 5 * 60_000,
  });
  const found = new Map<number, string[]>();
  for (const answer of answers)
    for (const { row, column, wellSamples } of answer.plate?.wells.nodes ?? []) {
      const images = wellSamples.nodes.filter(
        ({ plateAcquisition }) =>
          run === null || plateAcquisition?.id === `PlateAcquisition:${run}`,
      );
      found.set(
        row * columns + column,
        images.flatMap(({ image }) => (image === null ? [] : [image.id.split(":")[1] ?? ""])),
      );
    }
  return found;
}
