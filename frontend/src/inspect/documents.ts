/** What the inspector asks about one thing. */

import { graphql } from "../api/document";
import type * as g from "../api/generated/graphql";

/** Annotations of a thing, and what one may do with it. */
export const annotated = graphql<g.AnnotatedQuery, g.AnnotatedQueryVariables>(`
  query Annotated($id: ID!) {
    node(id: $id) {
      id
      ... on Project {
        name
        description
      }
      ... on Dataset {
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
      ... on TagAnnotation {
        textValue
        tagDescription: description
      }
      ... on Owned {
        canEdit
        canAnnotate
        created {
          time
        }
        owner {
          userName
          firstName
          lastName
        }
        group {
          name
        }
      }
      ... on Annotated {
        tags {
          id
          textValue
        }
        keyValues {
          key
          value
          namespace
          annotation {
            owner {
              userName
            }
          }
        }
        rating {
          mine
          average
          count
        }
        comments(first: 50, orderBy: ID_ASC) {
          nodes {
            id
            textValue
            canDelete
            created {
              time
              experimenter {
                userName
                firstName
                lastName
              }
            }
          }
        }
        annotations(first: 50, filter: { kind: { eq: FILE_ANNOTATION } }) {
          nodes {
            id
            ... on FileAnnotation {
              description
              file {
                id
                name
                size
              }
            }
          }
        }
      }
    }
  }
`);

/** How an image was taken. */
export const acquisition = graphql<g.AcquisitionQuery, g.AcquisitionQueryVariables>(`
  query Acquisition($id: ID!) {
    image(id: $id) {
      instrument {
        microscope {
          manufacturer
          model
          type
        }
      }
      objectiveSettings {
        medium
        refractiveIndex
        objective {
          manufacturer
          model
          nominalMagnification
          lensNa
          immersion
          correction
        }
      }
      imagingEnvironment {
        temperature {
          value
          unit
        }
        humidity
        co2Percent
      }
      stageLabel {
        name
        x {
          value
          unit
        }
        y {
          value
          unit
        }
      }
      pixels {
        channels {
          index
          name
          fluor
          acquisitionMode
          contrastMethod
          excitationWavelength {
            value
            unit
          }
          emissionWavelength {
            value
            unit
          }
          pinholeSize {
            value
            unit
          }
          detectorSettings {
            gain
            detector {
              model
              type
            }
          }
        }
        planes(first: 500, orderBy: POSITION_ASC) {
          totalCount
          nodes {
            theC
            deltaT {
              value
              unit
            }
            exposureTime {
              value
              unit
            }
          }
        }
      }
    }
  }
`);

/** What was done to a thing. */
export const history = graphql<g.ThingHistoryQuery, g.ThingHistoryQueryVariables>(`
  query ThingHistory($id: ID!, $after: String) {
    history(id: $id, first: 20, after: $after) {
      nodes {
        cursor
        time
        action
        experimenter {
          userName
          firstName
          lastName
        }
        subject {
          id
        }
        changes {
          name
          before
          after
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);
