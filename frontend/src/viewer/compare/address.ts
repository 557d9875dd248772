/** Images side by side as an address: which, what they share, and the view of each. */

/** What panes can share: view, plane, time, channels. */
export const LOCKS = ["v", "z", "t", "c"] as const;
export type Lock = (typeof LOCKS)[number];

export interface Comparison {
  /** Numbers of the images, from left to right. */
  readonly images: readonly string[];
  readonly locks: ReadonlySet<Lock>;
  /** The query of each image's own view, by its number. */
  readonly views: ReadonlyMap<string, string>;
}

/** More would be stamps. */
export const MOST = 16;

export function parseComparison(search: string): Comparison {
  const values = new URLSearchParams(search);
  const given = (values.get("i") ?? "").split(",").filter((each) => /^\d{1,18}$/.test(each));
  const images = [...new Set(given)].slice(0, MOST);
  const sync = values.get("sync") ?? "vzt";
  const views = new Map(images.map((each) => [each, values.get(`v${each}`) ?? ""]));
  return { images, locks: new Set(LOCKS.filter((lock) => sync.includes(lock))), views };
}

export function formatComparison({ images, locks, views }: Comparison): string {
  const pairs = [`i=${images.join(",")}`];
  const sync = LOCKS.filter((lock) => locks.has(lock)).join("");
  if (sync !== "vzt") pairs.push(`sync=${sync}`);
  for (const image of images) {
    const view = views.get(image);
    if (view) pairs.push(`v${image}=${encodeURIComponent(view)}`);
  }
  return pairs.join("&");
}
