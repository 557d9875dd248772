/** Everything that sharing asks the server. */

import { graphql } from "../api/document";
import type {
  CreateShareLinkMutation,
  CreateShareLinkMutationVariables,
  GrantAccessMutation,
  GrantAccessMutationVariables,
  GrantFactsFragment,
  LinkFactsFragment,
  RevokeAccessMutation,
  RevokeAccessMutationVariables,
  RevokeShareLinksMutation,
  RevokeShareLinksMutationVariables,
  ShareAudienceQuery,
  ShareAudienceQueryVariables,
  SharingQuery,
  SharingQueryVariables,
} from "../api/generated/graphql";

export type Grant = GrantFactsFragment;
export type Link = LinkFactsFragment;
export type Thing = Extract<NonNullable<SharingQuery["node"]>, { shareLinks: unknown }>;
export type Level = Grant["level"];

const grantFacts = graphql(`
  fragment GrantFacts on AccessGrant {
    id
    level
    public
    expires
    experimenter {
      id
      userName
      firstName
      lastName
    }
    group {
      id
      name
    }
  }
`);

const linkFacts = graphql(`
  fragment LinkFacts on ShareLink {
    id
    name
    state
    created
    expires
    maxUses
    uses
    lastUsed
  }
`);

/** Who may see a thing, and by which links. */
export const sharing = graphql<SharingQuery, SharingQueryVariables>(
  `
  query Sharing($id: ID!) {
    node(id: $id) {
      ... on Owned {
        canShare
        owner {
          id
          userName
          firstName
          lastName
        }
        group {
          id
          name
          permissions
        }
      }
      ... on Project {
        name
        grants {
          ...GrantFacts
        }
        shareLinks {
          ...LinkFacts
        }
      }
      ... on Dataset {
        name
        grants {
          ...GrantFacts
        }
        shareLinks {
          ...LinkFacts
        }
      }
      ... on Screen {
        name
        grants {
          ...GrantFacts
        }
        shareLinks {
          ...LinkFacts
        }
      }
      ... on Plate {
        name
        grants {
          ...GrantFacts
        }
        shareLinks {
          ...LinkFacts
        }
      }
      ... on Image {
        name
        grants {
          ...GrantFacts
        }
        shareLinks {
          ...LinkFacts
        }
      }
    }
  }
  `,
  [grantFacts, linkFacts],
);

/** People and groups whose names hold what was typed. */
export const shareAudience = graphql<ShareAudienceQuery, ShareAudienceQueryVariables>(`
  query ShareAudience($people: ExperimenterFilter, $groups: ExperimenterGroupFilter) {
    experimenters(filter: $people, first: 20) {
      nodes {
        id
        userName
        firstName
        lastName
      }
    }
    experimenterGroups(filter: $groups, first: 20) {
      nodes {
        id
        name
      }
    }
  }
`);

export const grantAccess = graphql<GrantAccessMutation, GrantAccessMutationVariables>(`
  mutation GrantAccess(
    $targets: [ID!]!
    $users: [ID!]
    $groups: [ID!]
    $public: Boolean!
    $level: GrantLevel!
    $expires: DateTime
  ) {
    grantAccess(
      targets: $targets
      users: $users
      groups: $groups
      public: $public
      level: $level
      expires: $expires
    ) {
      grants {
        id
      }
    }
  }
`);

export const revokeAccess = graphql<RevokeAccessMutation, RevokeAccessMutationVariables>(`
  mutation RevokeAccess($ids: [ID!]!) {
    revokeAccess(grants: $ids) {
      ended
    }
  }
`);

export const createShareLink = graphql<CreateShareLinkMutation, CreateShareLinkMutationVariables>(`
  mutation CreateShareLink(
    $target: ID!
    $name: String
    $state: String
    $expires: DateTime
    $maxUses: Int
  ) {
    createShareLink(
      target: $target
      name: $name
      state: $state
      expires: $expires
      maxUses: $maxUses
    ) {
      address
      secret
      link {
        id
      }
    }
  }
`);

export const revokeShareLinks = graphql<
  RevokeShareLinksMutation,
  RevokeShareLinksMutationVariables
>(`
  mutation RevokeShareLinks($ids: [ID!]!) {
    revokeShareLinks(links: $ids) {
      ended
    }
  }
`);
