import type { DatasetOrder, ImageOrder } from "../api/generated/graphql";
import type { Sort } from "./urlState";

const ORDERS: Record<Sort, ImageOrder> = {
  name: "NAME_ASC",
  "-name": "NAME_DESC",
  acquired: "ACQUIRED_ASC",
  "-acquired": "ACQUIRED_DESC",
  id: "ID_ASC",
  "-id": "ID_DESC",
};

/** The server's name of an order of images. */
export function imageOrder(sort: Sort): ImageOrder {
  return ORDERS[sort];
}

/** The server's name of an order of containers; they have no acquisition date. */
export function containerOrder(sort: Sort): DatasetOrder {
  const order = ORDERS[sort];
  if (order === "ACQUIRED_ASC" || order === "ACQUIRED_DESC") return "NAME_ASC";
  return order;
}

/**
 * The order that gives the same list from its end; null when there is none.
 *
 * Images without an acquisition date come last in both directions, so by date the end of one
 * direction is not the start of the other.
 */
export function reversed(sort: Sort): Sort | null {
  if (sort === "acquired" || sort === "-acquired") return null;
  return (sort.startsWith("-") ? sort.slice(1) : `-${sort}`) as Sort;
}
