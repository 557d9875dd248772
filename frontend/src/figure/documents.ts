/** Everything figures ask the server. */

import { graphql } from "../api/document";
import type * as g from "../api/generated/graphql";
import type {
  DeleteFiguresMutation,
  DeleteFiguresMutationVariables,
  FigureImagesQuery,
  FigureImagesQueryVariables,
  FigureListQuery,
  FigureListQueryVariables,
  FigureQuery,
  FigureQueryVariables,
  SaveFigureMutation,
  SaveFigureMutationVariables,
} from "../api/generated/graphql";

/** What annotations that are figures have as their namespace. */
export const NAMESPACE = "micrograph/figure/1";

/** What panels depend on, of many images at once. */
export const figureImages = graphql<FigureImagesQuery, FigureImagesQueryVariables>(`
  query FigureImages($ids: [ID!]!) {
    nodes(ids: $ids) {
      ... on Image {
        id
        name
        regionUrl
        rendering {
          defaultZ
          defaultT
          channels {
            index
            label
            color
            active
          }
        }
        pixels {
          sizeX
          sizeY
          sizeZ
          sizeT
          physicalSizeX {
            value
            unit
          }
          levels {
            width
            height
          }
        }
      }
    }
  }
`);

/** A figure's document. */
export const figureDocument = graphql<FigureQuery, FigureQueryVariables>(`
  query Figure($id: ID!) {
    node(id: $id) {
      ... on XMLAnnotation {
        id
        textValue
        namespace
      }
    }
  }
`);

/** All figures, newest first. */
export const figureList = graphql<FigureListQuery, FigureListQueryVariables>(`
  query FigureList($namespace: String!) {
    annotations(first: 200, orderBy: ID_DESC, filter: { namespace: { eq: $namespace } }) {
      nodes {
        id
        description
        created {
          time
        }
        owner {
          userName
        }
        images(first: 4) {
          nodes {
            id
            thumbnailUrl(size: 144)
          }
        }
      }
    }
  }
`);

/** Keep a figure with its images. */
export const saveFigure = graphql<SaveFigureMutation, SaveFigureMutationVariables>(`
  mutation SaveFigure(
    $ids: [ID!]!
    $annotations: [AnnotationInput!]!
    $namespace: String!
  ) {
    annotate(ids: $ids, annotations: $annotations) {
      applied
      items {
        status
        node {
          ... on Image {
            annotations(
              first: 5
              orderBy: ID_DESC
              filter: { namespace: { eq: $namespace } }
            ) {
              nodes {
                id
                ... on XMLAnnotation {
                  textValue
                }
              }
            }
          }
        }
        error {
          message
        }
      }
    }
  }
`);

/** The version before goes into the trash, and can be taken back from there. */
export const deleteFigures = graphql<DeleteFiguresMutation, DeleteFiguresMutationVariables>(`
  mutation DeleteFigures($ids: [ID!]!) {
    delete(ids: $ids) {
      applied
    }
  }
`);

/** Have an export made behind the answer. */
export const startExport = graphql<g.StartExportMutation, g.StartExportMutationVariables>(`
  mutation StartExport($ids: [ID!]!, $format: ExportFormat!, $options: String) {
    startExport(ids: $ids, format: $format, options: $options) {
      job {
        id
      }
    }
  }
`);
