/** The one GraphQL question that paints the viewer. */

import { queryOptions } from "@tanstack/react-query";
import { graphql } from "../../api/document";
import type { ViewerImageQuery, ViewerImageQueryVariables } from "../../api/generated/graphql";
import { gql } from "../../api/gql";
import { globalId } from "../../browse/ids";

export const viewerImage = graphql<ViewerImageQuery, ViewerImageQueryVariables>(`
  query ViewerImage($id: ID!) {
    image(id: $id) {
      id
      name
      description
      acquisitionDate
      series
      owner { userName firstName lastName }
      group { name }
      created { time }
      thumbnailUrl(size: 512)
      tileUrl
      rawUrl
      datasets(first: 1) {
        nodes { id name projects(first: 1) { nodes { id name } } }
      }
      fileset { format files { name size } }
      rendering {
        model
        defaultZ
        defaultT
        codomain { start end bits }
        channels {
          index
          label
          active
          start
          end
          min
          max
          typeMin
          typeMax
          color
          lut
          inverted
          family
          coefficient
        }
      }
      pixels {
        type
        dimensionOrder
        significantBits
        sizeX
        sizeY
        sizeZ
        sizeC
        sizeT
        physicalSizeX { value unit }
        physicalSizeY { value unit }
        physicalSizeZ { value unit }
        timeIncrement { value unit }
        levels { level width height }
        channels {
          index
          name
          emissionWavelength { value unit }
          excitationWavelength { value unit }
          contrastMethod
          fluor
          samplesPerPixel
        }
      }
    }
  }
`);

/** The question about one image, by its number. Its answer changes only by edits elsewhere. */
export function imageQuery(number: string) {
  return queryOptions({
    queryKey: ["viewer", number],
    queryFn: ({ signal }) => gql(viewerImage, { id: globalId("Image", number) }, { signal }),
    staleTime: 5 * 60_000,
    refetchOnWindowFocus: false,
  });
}

export type ViewerImage = NonNullable<ViewerImageQuery["image"]>;
