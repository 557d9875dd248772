import { graphql } from "../api/document";
import type {
  SearchEverythingQuery,
  SearchEverythingQueryVariables,
} from "../api/generated/graphql";

/** Things of any type that answer to a query, best first. */
export const searchEverything = graphql<SearchEverythingQuery, SearchEverythingQueryVariables>(`
  query SearchEverything($query: String!, $after: String) {
    search(query: $query, first: 50, after: $after) {
      totalCount
      totalCountIsExact
      types: facet(by: TYPE, first: 12) {
        value
        count
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        ... on Project {
          name
        }
        ... on Dataset {
          name
        }
        ... on Screen {
          name
        }
        ... on Plate {
          name
        }
        ... on Image {
          name
        }
      }
    }
  }
`);
