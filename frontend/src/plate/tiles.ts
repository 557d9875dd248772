/** The tiles of a plate's picture: which are wanted for what is seen, and those that have come. */

import type { PlateAnswer } from "./documents";
import type { PlateView } from "./urlState";

type Picture = NonNullable<PlateAnswer["picture"]>;

export const TILE = 2048;

/** The level whose cells are sharp at so many screen pixels. */
export function levelFor(picture: Picture, cell: number): Picture["levels"][number] {
  const fine = picture.levels.filter(({ cellSize }) => cellSize >= cell * 0.9);
  const found = fine.at(-1) ?? picture.levels[0];
  if (found === undefined) throw new Error("a plate's picture has levels");
  return found;
}

/** The address of one tile of a view. */
export function tileAddress(
  picture: Picture,
  level: number,
  place: { x: number; y: number },
  view: PlateView,
): string {
  const [path = "", query = ""] = picture.tileUrl.split("?");
  const filled = path
    .replace("{level}", String(level))
    .replace("{x}", String(place.x))
    .replace("{y}", String(place.y))
    .replace("{format}", "webp");
  const parameters = new URLSearchParams(query);
  parameters.set("size", String(TILE));
  if (view.field !== null) parameters.set("field", String(view.field));
  if (view.run !== null) parameters.set("acquisition", view.run);
  if (view.common) parameters.set("windows", "common");
  return `${filled}?${parameters.toString()}`;
}

const KEPT = 64;

/** Tiles by address; one that failed is asked again when it is wanted after a while. */
export class TileImages {
  private readonly images = new Map<string, HTMLImageElement>();
  private readonly failed = new Map<string, number>();
  private readonly onChange: (isFailed: boolean) => void;

  constructor(onChange: (isFailed: boolean) => void) {
    this.onChange = onChange;
  }

  /** The tile, if it is there; else it is fetched. */
  want(address: string): HTMLImageElement | null {
    const found = this.images.get(address);
    if (found !== undefined) return found.complete && found.naturalWidth > 0 ? found : null;
    if (Date.now() - (this.failed.get(address) ?? 0) < AGAIN_MS) return null;
    const image = new Image();
    image.decoding = "async";
    image.addEventListener("load", () => this.onChange(false));
    image.addEventListener("error", () => {
      this.images.delete(address);
      this.failed.set(address, Date.now());
      this.onChange(true);
    });
    image.src = address;
    this.images.set(address, image);
    const [oldest] = this.images.keys();
    if (this.images.size > KEPT && oldest !== undefined) this.images.delete(oldest);
    return null;
  }
}

const AGAIN_MS = 5000;
