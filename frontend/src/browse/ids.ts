/** The number in a global id: `Image:42` → `42`. Addresses carry numbers. */
export function numberOf(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}

/** The global id of a thing by its number in an address. */
export function globalId(
  type: "Image" | "Dataset" | "Project" | "Screen" | "Plate" | "TagAnnotation",
  number: string,
): string {
  return `${type}:${number}`;
}
