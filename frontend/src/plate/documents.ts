/** Everything plates ask the server. */

import { graphql } from "../api/document";
import type {
  RemoveWellKeysMutation,
  RemoveWellKeysMutationVariables,
  PlateFieldsQuery,
  PlateFieldsQueryVariables,
  PlateListQuery,
  PlateListQueryVariables,
  PlateQuery,
  PlateQueryVariables,
  SetWellKeyValuesMutation,
  SetWellKeyValuesMutationVariables,
  TagWellsMutation,
  TagWellsMutationVariables,
  UntagWellsMutation,
  UntagWellsMutationVariables,
  WellFactsQuery,
  WellFactsQueryVariables,
} from "../api/generated/graphql";

export type PlateAnswer = NonNullable<PlateQuery["plate"]>;
export type WellRow = PlateAnswer["rows0"]["nodes"][number];
export type WellFacts = NonNullable<WellFactsQuery["well"]>;

const wellRow = graphql(`
  fragment WellRow on Well {
    id
    row
    column
    type
    status
    fieldCount
    keyValues {
      key
      value
      number
      unit
    }
    tags {
      textValue
    }
  }
`);

/** A plate with all of its wells: bands of rows, because a page has at most 500. */
export const plateDocument = graphql<PlateQuery, PlateQueryVariables>(
  `
  query Plate($id: ID!) {
    plate(id: $id) {
      id
      name
      description
      canAnnotate
      rowNamingConvention
      columnNamingConvention
      wellCount
      screens(first: 1) {
        nodes {
          id
          name
        }
      }
      plateAcquisitions(first: 100) {
        nodes {
          id
          name
          fieldCount
        }
      }
      picture {
        tileUrl
        rows
        columns
        defaultField
        fieldCount
        levels {
          level
          cellSize
        }
      }
      rows0: wells(first: 500, filter: { row: { max: 9 } }) {
        nodes { ...WellRow }
      }
      rows1: wells(first: 500, filter: { row: { min: 10, max: 19 } }) {
        nodes { ...WellRow }
      }
      rows2: wells(first: 500, filter: { row: { min: 20, max: 29 } }) {
        nodes { ...WellRow }
      }
      rows3: wells(first: 500, filter: { row: { min: 30 } }) {
        nodes { ...WellRow }
      }
    }
  }
  `,
  [wellRow],
);

/** The images of all fields, asked when one is opened: they are each other's neighbours. */
export const plateFields = graphql<PlateFieldsQuery, PlateFieldsQueryVariables>(`
  query PlateFields($id: ID!, $wells: WellFilter) {
    plate(id: $id) {
      wells(first: 500, filter: $wells) {
        nodes {
          row
          column
          wellSamples(first: 100) {
            nodes {
              image {
                id
              }
              plateAcquisition {
                id
              }
            }
          }
        }
      }
    }
  }
`);

/** What the inspector tells about one well. */
export const wellFacts = graphql<WellFactsQuery, WellFactsQueryVariables>(`
  query WellFacts($id: ID!) {
    well(id: $id) {
      id
      externalDescription
      reagents {
        id
        name
        description
      }
      comments(first: 20) {
        nodes {
          id
          textValue
        }
      }
      wellSamples(first: 200) {
        nodes {
          id
          image {
            id
            name
            thumbnailUrl(size: 144)
          }
          plateAcquisition {
            id
          }
        }
      }
    }
  }
`);

/** All plates, newest last. */
export const plateList = graphql<PlateListQuery, PlateListQueryVariables>(`
  query PlateList($first: Int!, $after: String) {
    plates(first: $first, after: $after, orderBy: NAME_ASC) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        name
        wellCount
        screens(first: 1) {
          nodes {
            name
          }
        }
        picture {
          tileUrl
          rows
          columns
        }
      }
    }
  }
`);

export const tagWells = graphql<TagWellsMutation, TagWellsMutationVariables>(`
  mutation TagWells($ids: [ID!]!, $tags: [String!]!) {
    addTags(ids: $ids, tags: $tags) {
      applied
      items {
        id
        status
        error {
          message
        }
      }
    }
  }
`);

export const untagWells = graphql<UntagWellsMutation, UntagWellsMutationVariables>(`
  mutation UntagWells($ids: [ID!]!, $tags: [String!]!) {
    removeTags(ids: $ids, tags: $tags) {
      applied
    }
  }
`);

export const setWellKeyValues = graphql<
  SetWellKeyValuesMutation,
  SetWellKeyValuesMutationVariables
>(`
  mutation SetWellKeyValues($ids: [ID!]!, $pairs: [KeyValueInput!]!) {
    setKeyValues(ids: $ids, pairs: $pairs, mode: REPLACE_KEYS) {
      applied
      items {
        id
        status
        error {
          message
        }
      }
    }
  }
`);

export const removeWellKeys = graphql<RemoveWellKeysMutation, RemoveWellKeysMutationVariables>(`
  mutation RemoveWellKeys($ids: [ID!]!, $keys: [String!]!) {
    removeKeyValues(ids: $ids, keys: $keys) {
      applied
    }
  }
`);
