import { useQuery } from "@tanstack/react-query";
import { graphql } from "../api/document";
import { asApiError } from "../api/errors";
import type { VisitQuery, VisitQueryVariables } from "../api/generated/graphql";
import { gql } from "../api/gql";

/** What those see who did not sign in: a share that they opened, or what is public. */
export type Visit = VisitQuery;

const visit = graphql<VisitQuery, VisitQueryVariables>(`
  query Visit {
    openedShare {
      expires
      target {
        id
      }
    }
  }
`);

/** What nobody in particular may see; null if that is nothing, undefined while it is not known. */
export function useVisit(isAsked: boolean): Visit | null | undefined {
  return useQuery({ queryKey: ["visit"], queryFn: askVisit, enabled: isAsked, staleTime: 60_000 })
    .data;
}

async function askVisit(): Promise<Visit | null> {
  try {
    return await gql(visit, {});
  } catch (error) {
    if (asApiError(error).code === "not_signed_in") return null;
    throw error;
  }
}
