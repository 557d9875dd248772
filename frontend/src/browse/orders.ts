import type { DatasetOrder, ImageOrder, PlateOrder } from "../api/generated/graphql";
import type { By, Sort } from "./urlState";

type Listed = "Image" | "Dataset" | "Plate";

const ORDERS: Record<Exclude<By, `kv:${string}`>, string> = {
  name: "NAME",
  acquired: "ACQUIRED",
  id: "ID",
  pixels: "SAMPLES",
  size: "FILE_SIZE",
  rating: "RATING",
  count: "IMAGES",
};

/** By what lists of a type are sorted; images by key–values besides. */
export const SORTED: Record<Listed, readonly By[]> = {
  Image: ["name", "acquired", "id", "pixels", "size", "rating"],
  Dataset: ["name", "id", "count", "rating"],
  Plate: ["name", "id", "rating"],
};

/** What is sorted by, and whether from the greatest down. */
export function partsOf(sort: Sort): { by: By; isDown: boolean } {
  return sort.startsWith("-")
    ? { by: sort.slice(1) as By, isDown: true }
    : { by: sort as By, isDown: false };
}

/** The key whose values are sorted by; null for other orders. */
export function keyOfSort(sort: Sort): string | null {
  const { by } = partsOf(sort);
  return by.startsWith("kv:") ? by.slice(3) : null;
}

/** The order that a click on something to sort by gives: the other way round, if it is chosen. */
export function sortedBy(by: By, now: Sort): Sort {
  if (now === by) return `-${by}`;
  if (now === `-${by}`) return by;
  return by === "name" || by.startsWith("kv:") ? by : `-${by}`;
}

/** What a list of images is asked for, to come in an order and show what it is sorted by. */
export function imageOrder(sort: Sort): {
  order: ImageOrder;
  key: string | null;
  isRated: boolean;
  isKeyed: boolean;
} {
  const key = keyOfSort(sort);
  const order = nameOf(sort, "Image") as ImageOrder;
  return { order, key, isRated: order.startsWith("RATING"), isKeyed: key !== null };
}

/** The server's name of an order of datasets or plates; by name where they have no such order. */
export function containerOrder(sort: Sort, listed: "Dataset"): DatasetOrder;
export function containerOrder(sort: Sort, listed: "Plate"): PlateOrder;
export function containerOrder(sort: Sort, listed: "Dataset" | "Plate"): string {
  return nameOf(shownSort(sort, listed), listed);
}

/** The order that a list of a type has when an address asks for one that it may not have. */
export function shownSort(sort: Sort, listed: Listed): Sort {
  const { by } = partsOf(sort);
  const isThere = SORTED[listed].includes(by) || (listed === "Image" && by.startsWith("kv:"));
  return isThere ? sort : "name";
}

function nameOf(sort: Sort, listed: Listed): string {
  const { by, isDown } = partsOf(shownSort(sort, listed));
  const name = by.startsWith("kv:") ? "KEY_VALUE" : ORDERS[by as keyof typeof ORDERS];
  return `${name}_${isDown ? "DESC" : "ASC"}`;
}

/**
 * The order that gives the same list from its end; null when there is none.
 *
 * What has no date, rating or value comes last in both directions, so there the end of one
 * direction is not the start of the other.
 */
export function reversed(sort: Sort): Sort | null {
  const { by, isDown } = partsOf(sort);
  if (by !== "name" && by !== "id" && by !== "count") return null;
  return isDown ? by : `-${by}`;
}
