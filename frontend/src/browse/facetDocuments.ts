import { graphql } from "../api/document";
import type {
  FacetCountsQuery,
  FacetCountsQueryVariables,
  KeysOfImagesQuery,
  KeysOfImagesQueryVariables,
  ValuesOfKeyQuery,
  ValuesOfKeyQueryVariables,
} from "../api/generated/graphql";

/** How many of the images that a filter finds have what. */
export const facets = graphql<FacetCountsQuery, FacetCountsQueryVariables>(`
  query FacetCounts($filter: ImageFilter!) {
    images(filter: $filter, first: 0) {
      tags: facet(by: TAG, first: 20) {
        ...Values
      }
      keys: facet(by: KEY, first: 20) {
        ...Values
      }
      ratings: facet(by: RATING, first: 6) {
        ...Values
      }
      owners: facet(by: OWNER, first: 12) {
        ...Values
      }
      groups: facet(by: GROUP, first: 12) {
        ...Values
      }
      channels: facet(by: CHANNEL, first: 12) {
        ...Values
      }
      types: facet(by: PIXEL_TYPE, first: 12) {
        ...Values
      }
      formats: facet(by: FORMAT, first: 12) {
        ...Values
      }
      months: facet(by: ACQUISITION_MONTH, first: 24) {
        ...Values
      }
    }
  }

  fragment Values on FacetValues {
    hasMore
    values {
      value
      label
      count
    }
  }
`);

/** The keys that most of the images that a filter finds have. */
export const keysOfImages = graphql<KeysOfImagesQuery, KeysOfImagesQueryVariables>(`
  query KeysOfImages($filter: ImageFilter!) {
    images(filter: $filter, first: 0) {
      facet(by: KEY, first: 20) {
        values {
          value
        }
      }
    }
  }
`);

/** The values of one key. */
export const valuesOfKey = graphql<ValuesOfKeyQuery, ValuesOfKeyQueryVariables>(`
  query ValuesOfKey($filter: ImageFilter!, $key: String!) {
    images(filter: $filter, first: 0) {
      facet(by: KEY_VALUE, key: $key, first: 50) {
        values {
          value
          label
          count
        }
      }
    }
  }
`);
