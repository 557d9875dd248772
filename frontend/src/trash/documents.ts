import { graphql } from "../api/document";
import type * as g from "../api/generated/graphql";

/** What was deleted and can be restored, last deleted first. */
export const trash = graphql<g.TrashListQuery, g.TrashListQueryVariables>(`
  query TrashList($kind: DeletedKind, $after: String) {
    trash(kind: $kind, first: 50, after: $after) {
      nodes {
        cursor
        id
        name
        time
        experimenter {
          userName
          firstName
          lastName
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** Remove for good what is in one's own trash, or some of it, or tell what that would be. */
export const emptyTrash = graphql<g.EmptyTrashMutation, g.EmptyTrashMutationVariables>(`
  mutation EmptyTrash($dryRun: Boolean!, $ids: [ID!]) {
    emptyTrash(olderThanDays: 0, dryRun: $dryRun, ids: $ids) {
      deletions
      rows
      files
      kept
    }
  }
`);
