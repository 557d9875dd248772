import { useQuery } from "@tanstack/react-query";
import { gql } from "../api/gql";
import { type Me, type Privilege, whoAmI } from "./documents";
import { KEY } from "../forms/parts";

/** Who is asking; null when nobody is signed in. */
export function useMe() {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [KEY, whoAmI.name],
    queryFn: ({ signal }) => gql(whoAmI, {}, { signal }),
  });
  return { me: data?.viewer ?? null, error, isPending, retry: () => void refetch() };
}

/** Whether an administrator has a privilege. */
export function has(me: Me, privilege: Privilege): boolean {
  return me.privileges.includes(privilege);
}

/** Whether somebody leads a group. */
export function leads(me: Me, group: string): boolean {
  return me.memberships.nodes.some((one) => one.leader && one.group.id === group);
}
