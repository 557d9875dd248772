import { numberOf } from "../browse/ids";

/** The global id of a person or group by the number in an address. */
export function idOf(type: "Experimenter" | "ExperimenterGroup", number: string): string {
  return `${type}:${number}`;
}

/** The address of a person's page. */
export function userPath(id: string): string {
  return `/admin/users/${numberOf(id)}`;
}

/** The address of a group's page. */
export function groupPath(id: string): string {
  return `/admin/groups/${numberOf(id)}`;
}
