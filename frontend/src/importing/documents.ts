/** Everything that importing and the jobs tray ask the server. */

import { graphql } from "../api/document";
import type {
  CancelJobMutation,
  CancelJobMutationVariables,
  ImportOutcomeQuery,
  ImportOutcomeQueryVariables,
  ImportStateQuery,
  ImportStateQueryVariables,
  ImportTargetsQuery,
  ImportTargetsQueryVariables,
  ImportUploadsMutation,
  ImportUploadsMutationVariables,
  JobItemsQuery,
  JobItemsQueryVariables,
  JobsTrayQuery,
  JobsTrayQueryVariables,
  KnownFilesQuery,
  KnownFilesQueryVariables,
  RetryJobMutation,
  RetryJobMutationVariables,
} from "../api/generated/graphql";

export type Job = JobsTrayQuery["jobs"]["nodes"][number];

/** Which files are here already, and whether their images need other files. */
export const knownFiles = graphql<KnownFilesQuery, KnownFilesQueryVariables>(`
  query KnownFiles($hashes: [String!]!) {
    knownFiles(hashes: $hashes) {
      hash
      file {
        filesets(first: 1) {
          nodes {
            originalFiles(first: 0) {
              totalCount
            }
            images(first: 1) {
              nodes {
                id
                name
              }
            }
          }
        }
      }
    }
  }
`);

export const importUploads = graphql<ImportUploadsMutation, ImportUploadsMutationVariables>(`
  mutation ImportUploads($batch: String!, $dataset: String, $project: String) {
    importUploads(batch: $batch, dataset: $dataset, project: $project) {
      job {
        id
      }
    }
  }
`);

/** How far an import is. */
export const importState = graphql<ImportStateQuery, ImportStateQueryVariables>(`
  query ImportState($id: ID!) {
    node(id: $id) {
      ... on Job {
        status
        message
      }
    }
  }
`);

/** What became of the files of an import, some at a time. */
export const importOutcome = graphql<ImportOutcomeQuery, ImportOutcomeQueryVariables>(`
  query ImportOutcome($id: ID!, $after: String) {
    node(id: $id) {
      ... on Job {
        items(first: 100, after: $after) {
          pageInfo {
            hasNextPage
            endCursor
          }
          nodes {
            path
            state
            message
            fileset {
              images(first: 20) {
                nodes {
                  id
                  name
                }
              }
            }
          }
        }
      }
    }
  }
`);

/** Names that images can go to. */
export const importTargets = graphql<ImportTargetsQuery, ImportTargetsQueryVariables>(`
  query ImportTargets {
    projects(first: 200, orderBy: NAME_ASC) {
      nodes {
        id
        name
      }
    }
    datasets(first: 200, orderBy: ID_DESC) {
      nodes {
        id
        name
      }
    }
  }
`);

/** Work on the server, newest first. */
export const jobsTray = graphql<JobsTrayQuery, JobsTrayQueryVariables>(`
  query JobsTray {
    jobs(first: 20, orderBy: ID_DESC) {
      nodes {
        id
        kind
        title
        status
        progress
        message
        submitted
        canEdit
        downloadUrl
      }
    }
  }
`);

/** What became of each fileset of an import. */
export const jobItems = graphql<JobItemsQuery, JobItemsQueryVariables>(`
  query JobItems($id: ID!) {
    node(id: $id) {
      ... on Job {
        items(first: 100) {
          pageInfo {
            hasNextPage
          }
          nodes {
            id
            path
            state
            message
            fileset {
              images(first: 1) {
                nodes {
                  id
                  name
                }
              }
            }
          }
        }
      }
    }
  }
`);

export const cancelJob = graphql<CancelJobMutation, CancelJobMutationVariables>(`
  mutation CancelJob($id: ID!) {
    cancelJob(id: $id) {
      job {
        id
        status
      }
    }
  }
`);

export const retryJob = graphql<RetryJobMutation, RetryJobMutationVariables>(`
  mutation RetryJob($id: ID!) {
    retryJob(id: $id) {
      job {
        id
        status
      }
    }
  }
`);
