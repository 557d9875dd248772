/** Everything that is asked of the server to change things. */

import { graphql } from "../api/document";
import type * as g from "../api/generated/graphql";

const outcome = graphql(`
  fragment Outcome on ChangeResult {
    applied
    items {
      id
      status
      error {
        code
        message
        remedy
      }
    }
  }
`);

export const addTags = graphql<g.AddTagsMutation, g.AddTagsMutationVariables>(
  `
  mutation AddTags(
    $tags: [String!]!
    $ids: [ID!]
    $selection: SelectionInput
    $idempotencyKey: String
  ) {
    result: addTags(tags: $tags, ids: $ids, selection: $selection, idempotencyKey: $idempotencyKey) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const removeTags = graphql<g.RemoveTagsMutation, g.RemoveTagsMutationVariables>(
  `
  mutation RemoveTags($tags: [String!]!, $ids: [ID!], $selection: SelectionInput) {
    result: removeTags(tags: $tags, ids: $ids, selection: $selection) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const comment = graphql<g.CommentMutation, g.CommentMutationVariables>(
  `
  mutation Comment($text: String!, $ids: [ID!], $selection: SelectionInput) {
    result: comment(text: $text, ids: $ids, selection: $selection) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const removeAnnotations = graphql<
  g.RemoveAnnotationsMutation,
  g.RemoveAnnotationsMutationVariables
>(
  `
  mutation RemoveAnnotations($annotations: [ID!]!, $ids: [ID!]) {
    result: removeAnnotations(annotations: $annotations, ids: $ids) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const rate = graphql<g.RateMutation, g.RateMutationVariables>(
  `
  mutation Rate($rating: Int, $ids: [ID!], $selection: SelectionInput) {
    result: rate(rating: $rating, ids: $ids, selection: $selection) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const setKeyValues = graphql<g.SetKeyValuesMutation, g.SetKeyValuesMutationVariables>(
  `
  mutation SetKeyValues(
    $pairs: [KeyValueInput!]!
    $mode: Mode!
    $ids: [ID!]
    $selection: SelectionInput
  ) {
    result: setKeyValues(pairs: $pairs, mode: $mode, ids: $ids, selection: $selection) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const link = graphql<g.LinkMutation, g.LinkMutationVariables>(
  `
  mutation Link($parents: [ID!]!, $children: [ID!]!) {
    result: link(parents: $parents, children: $children) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const unlink = graphql<g.UnlinkMutation, g.UnlinkMutationVariables>(
  `
  mutation Unlink($parents: [ID!]!, $children: [ID!]!) {
    result: unlink(parents: $parents, children: $children) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const move = graphql<g.MoveMutation, g.MoveMutationVariables>(
  `
  mutation Move($ids: [ID!]!, $from: ID, $to: ID!) {
    result: move(ids: $ids, from: $from, to: $to) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const remove = graphql<g.RemoveMutation, g.RemoveMutationVariables>(`
  mutation Remove($ids: [ID!]!, $dryRun: Boolean!) {
    result: delete(ids: $ids, dryRun: $dryRun) {
      applied
      items {
        id
        status
        error {
          code
          message
          remedy
        }
      }
      report {
        goes {
          kind
          count
        }
        stays {
          kind
          count
        }
        unlinked {
          relation
          count
        }
      }
    }
  }
`);

export const restore = graphql<g.RestoreMutation, g.RestoreMutationVariables>(`
  mutation Restore($ids: [ID!]!) {
    result: restore(ids: $ids) {
      applied
      items {
        id
        status
        error {
          code
          message
          remedy
        }
      }
    }
  }
`);

export const createProject = graphql<g.CreateProjectMutation, g.CreateProjectMutationVariables>(
  `
  mutation CreateProject($items: [ProjectInput!]!) {
    result: createProjects(items: $items) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const createDataset = graphql<g.CreateDatasetMutation, g.CreateDatasetMutationVariables>(
  `
  mutation CreateDataset($items: [DatasetInput!]!, $project: ID) {
    result: createDatasets(items: $items, project: $project) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const updateImage = graphql<g.UpdateImageMutation, g.UpdateImageMutationVariables>(
  `
  mutation UpdateImage($items: [ImageUpdate!]!) {
    result: updateImages(items: $items) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const updateDataset = graphql<g.UpdateDatasetMutation, g.UpdateDatasetMutationVariables>(
  `
  mutation UpdateDataset($items: [DatasetUpdate!]!) {
    result: updateDatasets(items: $items) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const updateProject = graphql<g.UpdateProjectMutation, g.UpdateProjectMutationVariables>(
  `
  mutation UpdateProject($items: [ProjectUpdate!]!) {
    result: updateProjects(items: $items) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const updateScreen = graphql<g.UpdateScreenMutation, g.UpdateScreenMutationVariables>(
  `
  mutation UpdateScreen($items: [ScreenUpdate!]!) {
    result: updateScreens(items: $items) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

export const updatePlate = graphql<g.UpdatePlateMutation, g.UpdatePlateMutationVariables>(
  `
  mutation UpdatePlate($items: [PlateUpdate!]!) {
    result: updatePlates(items: $items) {
      ...Outcome
    }
  }
  `,
  [outcome],
);

/** Ids of all images that a filter finds. */
export const imageIds = graphql<g.ImageIdsQuery, g.ImageIdsQueryVariables>(`
  query ImageIds($filter: ImageFilter!, $first: Int!, $after: String) {
    images(filter: $filter, first: $first, after: $after, orderBy: ID_ASC) {
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
      }
    }
  }
`);

/** What things have now, to bring it back. */
export const before = graphql<g.BeforeQuery, g.BeforeQueryVariables>(`
  query Before($ids: [ID!]!) {
    nodes(ids: $ids) {
      id
      ... on Annotated {
        rating {
          mine
        }
        keyValues {
          key
          value
          namespace
          annotation {
            canEdit
            owner {
              userName
            }
          }
        }
      }
    }
  }
`);

/** The newest comments of a thing, to find the one just written. */
export const newestComments = graphql<g.NewestCommentsQuery, g.NewestCommentsQueryVariables>(`
  query NewestComments($id: ID!) {
    node(id: $id) {
      ... on Annotated {
        comments(first: 1, orderBy: ID_DESC) {
          nodes {
            id
            textValue
          }
        }
      }
    }
  }
`);

/** The text of a comment. */
export const commentText = graphql<g.CommentTextQuery, g.CommentTextQueryVariables>(`
  query CommentText($id: ID!) {
    node(id: $id) {
      ... on CommentAnnotation {
        textValue
      }
    }
  }
`);

/** How many of some things have which tags. */
export const tagCounts = graphql<g.TagCountsQuery, g.TagCountsQueryVariables>(`
  query TagCounts(
    $images: ImageFilter
    $datasets: DatasetFilter
    $plates: PlateFilter
    $isImages: Boolean!
    $isDatasets: Boolean!
    $isPlates: Boolean!
  ) {
    images(filter: $images, first: 0) @include(if: $isImages) {
      facet(by: TAG, first: 200) {
        ...Tallied
      }
    }
    datasets(filter: $datasets, first: 0) @include(if: $isDatasets) {
      facet(by: TAG, first: 200) {
        ...Tallied
      }
    }
    plates(filter: $plates, first: 0) @include(if: $isPlates) {
      facet(by: TAG, first: 200) {
        ...Tallied
      }
    }
  }

  fragment Tallied on FacetValues {
    values {
      value
      count
    }
  }
`);

/** Tags that begin like this, for completion. */
export const tagsLike = graphql<g.TagsLikeQuery, g.TagsLikeQueryVariables>(`
  query TagsLike($text: String!) {
    tags(first: 20, orderBy: TEXT_ASC, filter: { textValue: { contains: $text } }) {
      nodes {
        id
        textValue
      }
    }
  }
`);

/** Places that images, datasets and plates can be put in. */
export const targetsLike = graphql<g.TargetsLikeQuery, g.TargetsLikeQueryVariables>(`
  query TargetsLike($text: String!, $images: Boolean!, $datasets: Boolean!, $plates: Boolean!) {
    datasets(first: 50, orderBy: NAME_ASC, filter: { name: { contains: $text } })
      @include(if: $images) {
      nodes {
        id
        name
        canLink
        projects(first: 1) {
          nodes {
            name
          }
        }
      }
    }
    projects(first: 50, orderBy: NAME_ASC, filter: { name: { contains: $text } })
      @include(if: $datasets) {
      nodes {
        id
        name
        canLink
      }
    }
    screens(first: 50, orderBy: NAME_ASC, filter: { name: { contains: $text } })
      @include(if: $plates) {
      nodes {
        id
        name
        canLink
      }
    }
  }
`);

/** Name and description as they are now, and who changed them last. */
export const described = graphql<g.DescribedQuery, g.DescribedQueryVariables>(`
  query Described($id: ID!) {
    node(id: $id) {
      id
      ... on Owned {
        version
        updated {
          time
          experimenter {
            userName
            firstName
            lastName
          }
        }
      }
      ... on Image {
        name
        description
      }
      ... on Dataset {
        name
        description
      }
      ... on Project {
        name
        description
      }
      ... on Screen {
        name
        description
      }
      ... on Plate {
        name
        description
      }
    }
  }
`);
