/** Everything that the pages about people, storage and the log ask the server. */

import { graphql } from "../api/document";
import type {
  AddMembersMutation,
  AddMembersMutationVariables,
  AdminGroupQuery,
  AdminGroupQueryVariables,
  AdminGroupsQuery,
  AdminGroupsQueryVariables,
  AdminJobsQuery,
  AdminJobsQueryVariables,
  AdminUserQuery,
  AdminUserQueryVariables,
  AdminUsersQuery,
  AdminUsersQueryVariables,
  AuditCheckQuery,
  AuditCheckQueryVariables,
  AuditLogQuery,
  AuditLogQueryVariables,
  ChangeLevelMutation,
  ChangeLevelMutationVariables,
  CreateGroupMutation,
  CreateGroupMutationVariables,
  CreateTokenMutation,
  CreateTokenMutationVariables,
  CreateUserMutation,
  CreateUserMutationVariables,
  EndSessionsMutation,
  EndSessionsMutationVariables,
  RemoveMembersMutation,
  RemoveMembersMutationVariables,
  RevokeTokensMutation,
  RevokeTokensMutationVariables,
  SetPasswordMutation,
  SetPasswordMutationVariables,
  SetGroupQuotaMutation,
  SetGroupQuotaMutationVariables,
  SetUserQuotaMutation,
  SetUserQuotaMutationVariables,
  SignInsQuery,
  SignInsQueryVariables,
  StorageOfGroupsQuery,
  StorageOfGroupsQueryVariables,
  StorageOfPeopleQuery,
  StorageOfPeopleQueryVariables,
  StorageOfQuery,
  StorageOfQueryVariables,
  TokensQuery,
  TokensQueryVariables,
  UpdateGroupMutation,
  UpdateGroupMutationVariables,
  UpdateUserMutation,
  UpdateUserMutationVariables,
  WhoAmIQuery,
  WhoAmIQueryVariables,
} from "../api/generated/graphql";

export type Me = NonNullable<WhoAmIQuery["viewer"]>;
export type User = Extract<NonNullable<AdminUserQuery["node"]>, { userName: string }>;
export type Group = Extract<NonNullable<AdminGroupQuery["node"]>, { permissions: string }>;
export type Level = Group["permissions"];
export type Privilege = Me["privileges"][number];
export type Entry = AuditLogQuery["auditEntries"]["nodes"][number];
export type AdminJob = AdminJobsQuery["jobs"]["nodes"][number];

/** Who is asking, and what they may do about others. */
export const whoAmI = graphql<WhoAmIQuery, WhoAmIQueryVariables>(`
  query WhoAmI {
    viewer {
      id
      userName
      firstName
      lastName
      email
      institution
      administrator
      privileges
      memberships(first: 500) {
        nodes {
          leader
          group {
            id
            name
            permissions
          }
        }
      }
    }
  }
`);

export const adminUsers = graphql<AdminUsersQuery, AdminUsersQueryVariables>(`
  query AdminUsers($filter: ExperimenterFilter, $first: Int!, $after: String) {
    experimenters(filter: $filter, first: $first, after: $after) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        userName
        firstName
        lastName
        email
        administrator
        active
        memberships(first: 4) {
          totalCount
          nodes {
            leader
            group {
              id
              name
            }
          }
        }
      }
    }
  }
`);

export const adminUser = graphql<AdminUserQuery, AdminUserQueryVariables>(`
  query AdminUser($id: ID!) {
    node(id: $id) {
      ... on Experimenter {
        id
        userName
        firstName
        lastName
        email
        institution
        administrator
        privileges
        active
        memberships(first: 500) {
          nodes {
            leader
            group {
              id
              name
              permissions
            }
          }
        }
      }
    }
  }
`);

export const adminGroups = graphql<AdminGroupsQuery, AdminGroupsQueryVariables>(`
  query AdminGroups($filter: ExperimenterGroupFilter, $first: Int!, $after: String) {
    experimenterGroups(filter: $filter, first: $first, after: $after) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        name
        description
        permissions
        memberships(first: 0) {
          totalCount
        }
        leaders: memberships(first: 4, filter: { leader: { eq: true } }) {
          totalCount
          nodes {
            experimenter {
              id
              userName
              firstName
              lastName
            }
          }
        }
      }
    }
  }
`);

export const adminGroup = graphql<AdminGroupQuery, AdminGroupQueryVariables>(`
  query AdminGroup($id: ID!, $first: Int!) {
    node(id: $id) {
      ... on ExperimenterGroup {
        id
        name
        description
        permissions
        memberships(first: $first) {
          totalCount
          nodes {
            leader
            experimenter {
              id
              userName
              firstName
              lastName
              active
            }
          }
        }
      }
    }
  }
`);

export const signIns = graphql<SignInsQuery, SignInsQueryVariables>(`
  query SignIns($whose: ID!) {
    signInSessions(first: 100, orderBy: ID_DESC, filter: { experimenter: { in: [$whose] } }) {
      totalCount
      nodes {
        id
        started
        lastUsed
        expires
      }
    }
  }
`);

export const tokens = graphql<TokensQuery, TokensQueryVariables>(`
  query Tokens($whose: ID!) {
    accessTokens(first: 100, orderBy: ID_DESC, filter: { experimenter: { in: [$whose] } }) {
      totalCount
      nodes {
        id
        name
        scope
        privileges
        created
        expires
        lastUsed
      }
    }
  }
`);

/** What a person or a group has, and how much they may. */
export const storageOf = graphql<StorageOfQuery, StorageOfQueryVariables>(`
  query StorageOf($id: ID!) {
    node(id: $id) {
      ... on Experimenter {
        usage {
          images
          bytes
        }
        quota {
          images
          bytes
        }
      }
      ... on ExperimenterGroup {
        usage {
          images
          bytes
        }
        quota {
          images
          bytes
        }
      }
    }
  }
`);

export const storageOfPeople = graphql<StorageOfPeopleQuery, StorageOfPeopleQueryVariables>(`
  query StorageOfPeople($filter: ExperimenterFilter, $first: Int!, $after: String) {
    experimenters(filter: $filter, first: $first, after: $after) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        name: userName
        usage {
          images
          bytes
        }
        quota {
          images
          bytes
        }
      }
    }
  }
`);

export const storageOfGroups = graphql<StorageOfGroupsQuery, StorageOfGroupsQueryVariables>(`
  query StorageOfGroups($filter: ExperimenterGroupFilter, $first: Int!, $after: String) {
    experimenterGroups(filter: $filter, first: $first, after: $after) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        name
        usage {
          images
          bytes
        }
        quota {
          images
          bytes
        }
      }
    }
  }
`);

export const setUserQuota = graphql<SetUserQuotaMutation, SetUserQuotaMutationVariables>(`
  mutation SetUserQuota($id: ID!, $images: Long, $bytes: Long) {
    setExperimenterQuota(experimenter: $id, images: $images, bytes: $bytes) {
      experimenter {
        id
      }
    }
  }
`);

export const setGroupQuota = graphql<SetGroupQuotaMutation, SetGroupQuotaMutationVariables>(`
  mutation SetGroupQuota($id: ID!, $images: Long, $bytes: Long) {
    setGroupQuota(group: $id, images: $images, bytes: $bytes) {
      group {
        id
      }
    }
  }
`);

export const auditLog = graphql<AuditLogQuery, AuditLogQueryVariables>(`
  query AuditLog($filter: AuditEntryFilter, $first: Int!, $after: String) {
    auditEntries(filter: $filter, first: $first, after: $after, orderBy: ID_DESC) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        time
        actor {
          id
          userName
        }
        action
        subject
        details
        hash
      }
    }
  }
`);

export const auditCheck = graphql<AuditCheckQuery, AuditCheckQueryVariables>(`
  query AuditCheck {
    auditCheck {
      good
      broken
      hash
    }
  }
`);

export const adminJobs = graphql<AdminJobsQuery, AdminJobsQueryVariables>(`
  query AdminJobs($filter: JobFilter, $first: Int!, $after: String) {
    jobs(filter: $filter, first: $first, after: $after, orderBy: ID_DESC) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        kind
        title
        status
        progress
        message
        submitted
        finished
        canEdit
        owner {
          id
          userName
          firstName
          lastName
        }
      }
    }
  }
`);

export const createUser = graphql<CreateUserMutation, CreateUserMutationVariables>(`
  mutation CreateUser(
    $userName: String!
    $firstName: String
    $lastName: String
    $email: String
    $password: String
    $groups: [ID!]
  ) {
    createExperimenter(
      userName: $userName
      firstName: $firstName
      lastName: $lastName
      email: $email
      password: $password
      groups: $groups
    ) {
      experimenter {
        id
      }
    }
  }
`);

export const updateUser = graphql<UpdateUserMutation, UpdateUserMutationVariables>(`
  mutation UpdateUser(
    $id: ID!
    $firstName: String
    $lastName: String
    $email: String
    $institution: String
    $active: Boolean
    $administrator: Boolean
    $withheld: [Privilege!]
  ) {
    updateExperimenter(
      experimenter: $id
      firstName: $firstName
      lastName: $lastName
      email: $email
      institution: $institution
      active: $active
      administrator: $administrator
      withheld: $withheld
    ) {
      experimenter {
        id
      }
    }
  }
`);

export const setPassword = graphql<SetPasswordMutation, SetPasswordMutationVariables>(`
  mutation SetPassword($id: ID!, $password: String!) {
    setPassword(experimenter: $id, password: $password) {
      experimenter {
        id
      }
    }
  }
`);

export const createGroup = graphql<CreateGroupMutation, CreateGroupMutationVariables>(`
  mutation CreateGroup($name: String!, $permissions: GroupPermissions!, $description: String) {
    createExperimenterGroup(name: $name, permissions: $permissions, description: $description) {
      group {
        id
      }
    }
  }
`);

export const updateGroup = graphql<UpdateGroupMutation, UpdateGroupMutationVariables>(`
  mutation UpdateGroup($id: ID!, $name: String, $description: String) {
    updateExperimenterGroup(group: $id, name: $name, description: $description) {
      group {
        id
      }
    }
  }
`);

/** With a dry run: what the change would cost. */
export const changeLevel = graphql<ChangeLevelMutation, ChangeLevelMutationVariables>(`
  mutation ChangeLevel($id: ID!, $permissions: GroupPermissions!, $dryRun: Boolean!) {
    setGroupPermissions(group: $id, permissions: $permissions, dryRun: $dryRun) {
      applied
      removed {
        relation
        count
      }
    }
  }
`);

export const addMembers = graphql<AddMembersMutation, AddMembersMutationVariables>(`
  mutation AddMembers($group: ID!, $people: [ID!]!, $leader: Boolean) {
    addMembers(group: $group, experimenters: $people, leader: $leader) {
      applied
    }
  }
`);

export const removeMembers = graphql<RemoveMembersMutation, RemoveMembersMutationVariables>(`
  mutation RemoveMembers($group: ID!, $people: [ID!]!) {
    removeMembers(group: $group, experimenters: $people) {
      applied
    }
  }
`);

export const createToken = graphql<CreateTokenMutation, CreateTokenMutationVariables>(`
  mutation CreateToken($name: String!, $scope: TokenScope!, $days: Int!) {
    createAccessToken(name: $name, scope: $scope, days: $days) {
      secret
      token {
        id
      }
    }
  }
`);

export const revokeTokens = graphql<RevokeTokensMutation, RevokeTokensMutationVariables>(`
  mutation RevokeTokens($ids: [ID!]!) {
    revokeAccessTokens(tokens: $ids) {
      ended
    }
  }
`);

export const endSessions = graphql<EndSessionsMutation, EndSessionsMutationVariables>(`
  mutation EndSessions($ids: [ID!]!) {
    endSessions(sessions: $ids) {
      ended
    }
  }
`);
