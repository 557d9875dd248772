/** Everything the browser asks the server. */

import { graphql } from "../api/document";
import type {
  BrowseDatasetQuery,
  BrowseDatasetQueryVariables,
  BrowseImagesQuery,
  BrowseImagesQueryVariables,
  BrowseProjectQuery,
  BrowseProjectQueryVariables,
  DatasetsOfProjectQuery,
  DatasetsOfProjectQueryVariables,
  HierarchyQuery,
  HierarchyQueryVariables,
  ImageCardFragment,
  ImageFactsQuery,
  ImageFactsQueryVariables,
} from "../api/generated/graphql";

export type ImageCard = ImageCardFragment;
export type ImageFacts = NonNullable<ImageFactsQuery["image"]>;
export type DatasetCard = NonNullable<BrowseProjectQuery["project"]>["datasets"]["nodes"][number];

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
  }
`);

/** Images of the whole platform, or those in no dataset. */
export const browseImages = graphql<BrowseImagesQuery, BrowseImagesQueryVariables>(
  `
  query BrowseImages($orphaned: Boolean!, $order: ImageOrder!, $first: Int!, $after: String) {
    images(orphaned: $orphaned, orderBy: $order, first: $first, after: $after) {
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
  query BrowseDataset($id: ID!, $order: ImageOrder!, $first: Int!, $after: String) {
    dataset(id: $id) {
      id
      name
      description
      imageCount
      projects(first: 1) {
        nodes {
          id
          name
        }
      }
      images(orderBy: $order, first: $first, after: $after) {
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
    orphans: images(orphaned: true, first: 0) {
      totalCount
    }
    all: images(first: 0) {
      totalCount
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
