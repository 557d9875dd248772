/** What the regions of an image are asked and told with. */

import { graphql } from "../../api/document";
import type {
  CreateRegionsMutation,
  CreateRegionsMutationVariables,
  DeleteRegionsMutation,
  DeleteRegionsMutationVariables,
  DeleteRegionShapesMutation,
  DeleteRegionShapesMutationVariables,
  MeasuredRegionsQuery,
  MeasuredRegionsQueryVariables,
  RegionShapesQuery,
  RegionShapesQueryVariables,
  RegionSizesQuery,
  RegionSizesQueryVariables,
  RenameRegionsMutation,
  RenameRegionsMutationVariables,
  RestoreRegionsMutation,
  RestoreRegionsMutationVariables,
  ShapesByIdQuery,
  ShapesByIdQueryVariables,
  UpdateRegionShapesMutation,
  UpdateRegionShapesMutationVariables,
} from "../../api/generated/graphql";

export const shapeRow = graphql(`
  fragment ShapeRow on Shape {
    id
    version
    canEdit
    canDelete
    theZ
    theT
    theC
    text
    strokeColor
    fillColor
    locked
    roi { id name }
    transform { a00 a10 a01 a11 a02 a12 }
    ... on Rectangle { x y width height }
    ... on Mask { x y width height bits }
    ... on Ellipse { x y radiusX radiusY }
    ... on Point { x y }
    ... on Label { x y }
    ... on Line { x1 y1 x2 y2 markerStart markerEnd }
    ... on Polyline { points markerStart markerEnd }
    ... on Polygon { points }
  }
`);

export const regionShapes = graphql<RegionShapesQuery, RegionShapesQueryVariables>(
  `
  query RegionShapes(
    $id: ID!
    $first: Int!
    $after: String
    $bbox: BoxInput
    $z: Int
    $t: Int
    $isFirst: Boolean!
  ) {
    image(id: $id) {
      canAnnotate @include(if: $isFirst)
      whole: shapes(first: 0) @include(if: $isFirst) { totalCount }
      shapes(first: $first, after: $after, bbox: $bbox, z: $z, t: $t) {
        pageInfo { hasNextPage endCursor }
        nodes { ...ShapeRow }
      }
    }
  }
`,
  [shapeRow],
);

export const shapesById = graphql<ShapesByIdQuery, ShapesByIdQueryVariables>(
  `
  query ShapesById($ids: [ID!]!) {
    nodes(ids: $ids) { ...ShapeRow }
  }
`,
  [shapeRow],
);

export const regionSizes = graphql<RegionSizesQuery, RegionSizesQueryVariables>(`
  query RegionSizes($ids: [ID!]!) {
    nodes(ids: $ids) {
      ... on ROI { id shapeCount }
    }
  }
`);

export const createRegions = graphql<CreateRegionsMutation, CreateRegionsMutationVariables>(
  `
  mutation CreateRegions($items: [ROIInput!]!, $key: String) {
    createRois(items: $items, idempotencyKey: $key) {
      applied
      items {
        error { code message remedy }
        node {
          ... on ROI {
            id
            shapes(first: 500) { nodes { ...ShapeRow } }
          }
        }
      }
    }
  }
`,
  [shapeRow],
);

export const updateRegionShapes = graphql<
  UpdateRegionShapesMutation,
  UpdateRegionShapesMutationVariables
>(
  `
  mutation UpdateRegionShapes($items: [ShapeUpdate!]!, $key: String) {
    updateShapes(items: $items, idempotencyKey: $key) {
      applied
      items {
        error { code message remedy }
        node { ...ShapeRow }
      }
    }
  }
`,
  [shapeRow],
);

export const renameRegions = graphql<RenameRegionsMutation, RenameRegionsMutationVariables>(`
  mutation RenameRegions($items: [ROIUpdate!]!, $key: String) {
    updateRois(items: $items, idempotencyKey: $key) {
      applied
      items {
        error { code message remedy }
      }
    }
  }
`);

export const deleteRegions = graphql<DeleteRegionsMutation, DeleteRegionsMutationVariables>(`
  mutation DeleteRegions($ids: [ID!]!, $key: String) {
    delete(ids: $ids, idempotencyKey: $key) {
      applied
      items { error { code message remedy } }
    }
  }
`);

export const deleteRegionShapes = graphql<
  DeleteRegionShapesMutation,
  DeleteRegionShapesMutationVariables
>(`
  mutation DeleteRegionShapes($ids: [ID!]!, $key: String) {
    deleteShapes(ids: $ids, idempotencyKey: $key) {
      applied
      items { error { code message remedy } }
    }
  }
`);

export const restoreRegions = graphql<RestoreRegionsMutation, RestoreRegionsMutationVariables>(`
  mutation RestoreRegions($ids: [ID!]!, $key: String) {
    restore(ids: $ids, idempotencyKey: $key) {
      applied
      items { error { code message remedy } }
    }
  }
`);

export const measuredRegions = graphql<MeasuredRegionsQuery, MeasuredRegionsQueryVariables>(`
  query MeasuredRegions($ids: [ID!]!, $z: RangeInput, $t: RangeInput) {
    nodes(ids: $ids) {
      ... on ROI {
        id
        statistics(z: $z, t: $t, level: 0, percentiles: []) {
          channels { index exact samples min max mean standardDeviation }
        }
      }
    }
  }
`);
