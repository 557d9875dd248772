/** Everything the browser asks the server. */

import { graphql } from "../api/document";
import type {
  BrowseAboutQuery,
  BrowseAboutQueryVariables,
  BrowseDatasetQuery,
  BrowseDatasetQueryVariables,
  BrowseImagesQuery,
  BrowseImagesQueryVariables,
  BrowseProjectQuery,
  BrowseProjectQueryVariables,
  BrowseScreenQuery,
  BrowseScreenQueryVariables,
  DatasetsOfProjectQuery,
  DatasetsOfProjectQueryVariables,
  EveryTagQuery,
  EveryTagQueryVariables,
  HierarchyQuery,
  HierarchyQueryVariables,
  ImageCardFragment,
  ImageFactsQuery,
  ImageFactsQueryVariables,
  PlatesOfScreenQuery,
  PlatesOfScreenQueryVariables,
} from "../api/generated/graphql";

export type ImageCard = ImageCardFragment;
export type ImageFacts = NonNullable<ImageFactsQuery["image"]>;
/** A dataset or plate with its first images. */
export interface ContainerCard {
  readonly id: string;
  readonly name: string;
  /** Images of a dataset, wells of a plate. */
  readonly count: number;
  readonly pictures: readonly string[];
}

const imageCard = graphql(`
  fragment ImageCard on Image {
    id
    name
    acquisitionDate
    thumbnailUrl(size: 144)
    pixels {
      type
      sizeX
      sizeY
      sizeZ
      sizeC
      sizeT
    }
    rating @include(if: $isRated) {
      average
    }
    keyValues @include(if: $isKeyed) {
      key
      value
    }
  }
`);

/** Images of the whole platform, or those in no dataset, as far as a filter finds them. */
export const browseImages = graphql<BrowseImagesQuery, BrowseImagesQueryVariables>(
  `
  query BrowseImages(
    $orphaned: Boolean!
    $filter: ImageFilter
    $order: ImageOrder!
    $key: String
    $isRated: Boolean!
    $isKeyed: Boolean!
    $first: Int!
    $after: String
  ) {
    images(
      orphaned: $orphaned
      filter: $filter
      orderBy: $order
      orderKey: $key
      first: $first
      after: $after
    ) {
      totalCount
      pageInfo {
        endCursor
      }
      nodes {
        ...ImageCard
      }
    }
  }
  `,
  [imageCard],
);

/** Images that have to do with a thing (a tag, a plate), and the thing. */
export const browseAbout = graphql<BrowseAboutQuery, BrowseAboutQueryVariables>(
  `
  query BrowseAbout(
    $id: ID!
    $filter: ImageFilter
    $order: ImageOrder!
    $key: String
    $isRated: Boolean!
    $isKeyed: Boolean!
    $first: Int!
    $after: String
  ) {
    node(id: $id) {
      id
      ... on Owned {
        version
        canEdit
        canDelete
      }
      ... on TagAnnotation {
        textValue
        description
      }
      ... on Plate {
        name
        description
        screens(first: 1) {
          nodes {
            id
            name
          }
        }
      }
    }
    images(filter: $filter, orderBy: $order, orderKey: $key, first: $first, after: $after) {
      totalCount
      pageInfo {
        endCursor
      }
      nodes {
        ...ImageCard
      }
    }
  }
  `,
  [imageCard],
);

/** Images of a dataset, and where the dataset is. */
export const browseDataset = graphql<BrowseDatasetQuery, BrowseDatasetQueryVariables>(
  `
  query BrowseDataset(
    $id: ID!
    $filter: ImageFilter
    $filtered: Boolean!
    $order: ImageOrder!
    $key: String
    $isRated: Boolean!
    $isKeyed: Boolean!
    $first: Int!
    $after: String
  ) {
    dataset(id: $id) {
      id
      name
      description
      version
      canEdit
      canDelete
      imageCount
      projects(first: 1) {
        nodes {
          id
          name
        }
      }
      images(filter: $filter, orderBy: $order, orderKey: $key, first: $first, after: $after) {
        totalCount @include(if: $filtered)
        pageInfo {
          endCursor
        }
        nodes {
          ...ImageCard
        }
      }
    }
  }
  `,
  [imageCard],
);

/** Datasets of a project, each with its first images. */
export const browseProject = graphql<BrowseProjectQuery, BrowseProjectQueryVariables>(`
  query BrowseProject($id: ID!, $order: DatasetOrder!, $first: Int!, $after: String) {
    project(id: $id) {
      id
      name
      description
      version
      canEdit
      canDelete
      datasetCount
      datasets(orderBy: $order, first: $first, after: $after) {
        pageInfo {
          endCursor
        }
        nodes {
          id
          name
          description
          imageCount
          images(first: 4) {
            nodes {
              id
              thumbnailUrl(size: 144)
            }
          }
        }
      }
    }
  }
`);

/** Plates of a screen. */
export const browseScreen = graphql<BrowseScreenQuery, BrowseScreenQueryVariables>(`
  query BrowseScreen($id: ID!, $order: PlateOrder!, $first: Int!, $after: String) {
    screen(id: $id) {
      id
      name
      description
      version
      canEdit
      canDelete
      plateCount
      plates(orderBy: $order, first: $first, after: $after) {
        pageInfo {
          endCursor
        }
        nodes {
          id
          name
          description
          wellCount
          wells(first: 1) {
            nodes {
              wellSamples(first: 4) {
                nodes {
                  image {
                    id
                    thumbnailUrl(size: 144)
                  }
                }
              }
            }
          }
        }
      }
    }
  }
`);

/** The top of the tree, with counts. */
export const hierarchy = graphql<HierarchyQuery, HierarchyQueryVariables>(`
  query Hierarchy($first: Int!, $after: String) {
    projects(first: $first, after: $after, orderBy: NAME_ASC) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        name
        datasetCount
      }
    }
    loose: datasets(orphaned: true, first: $first, orderBy: NAME_ASC) {
      nodes {
        id
        name
        imageCount
      }
    }
    screens(first: $first, orderBy: NAME_ASC) {
      nodes {
        id
        name
        plateCount
      }
    }
    alone: plates(orphaned: true, first: $first, orderBy: NAME_ASC) {
      nodes {
        id
        name
        wellCount
      }
    }
    tags(first: 0) {
      totalCount
    }
    orphans: images(orphaned: true, first: 0) {
      totalCount
    }
    all: images(first: 0) {
      totalCount
    }
  }
`);

/** The plates of one screen. */
export const platesOfScreen = graphql<PlatesOfScreenQuery, PlatesOfScreenQueryVariables>(`
  query PlatesOfScreen($id: ID!, $first: Int!, $after: String) {
    screen(id: $id) {
      plates(first: $first, after: $after, orderBy: NAME_ASC) {
        pageInfo {
          endCursor
        }
        nodes {
          id
          name
          wellCount
        }
      }
    }
  }
`);

/** Tags, in the order of the alphabet. */
export const everyTag = graphql<EveryTagQuery, EveryTagQueryVariables>(`
  query EveryTag($first: Int!, $after: String) {
    tags(first: $first, after: $after, orderBy: TEXT_ASC) {
      totalCount
      pageInfo {
        endCursor
      }
      nodes {
        id
        textValue
        linkCount
      }
    }
  }
`);

/** One branch of the tree. */
export const datasetsOfProject = graphql<DatasetsOfProjectQuery, DatasetsOfProjectQueryVariables>(`
  query DatasetsOfProject($id: ID!, $first: Int!, $after: String) {
    project(id: $id) {
      datasets(first: $first, after: $after, orderBy: NAME_ASC) {
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          id
          name
          imageCount
        }
      }
    }
  }
`);

/** What the inspector tells about one image. */
export const imageFacts = graphql<ImageFactsQuery, ImageFactsQueryVariables>(`
  query ImageFacts($id: ID!) {
    image(id: $id) {
      id
      name
      description
      acquisitionDate
      thumbnailUrl(size: 512)
      owner {
        userName
        firstName
        lastName
      }
      group {
        name
        permissions
      }
      created {
        time
      }
      datasets(first: 10) {
        nodes {
          id
          name
        }
      }
      fileset {
        format
        files {
          id
          name
          path
          size
        }
      }
      pixels {
        type
        sizeX
        sizeY
        sizeZ
        sizeC
        sizeT
        physicalSizeX {
          value
          unit
        }
        physicalSizeY {
          value
          unit
        }
        physicalSizeZ {
          value
          unit
        }
        timeIncrement {
          value
          unit
        }
        levels {
          level
        }
        channels {
          index
          emissionWavelength {
            value
            unit
          }
        }
      }
      rendering {
        channels {
          index
          label
          color
        }
      }
    }
  }
`);
