/** Which tiles a view wants, in the order in which they matter. */

import { grown, type Rect } from "./geometry";
import { chooseLevel, type Level } from "./levels";
import type { Wish } from "./scheduler";
import type { Variant } from "./source";
import { type TileAddress, tilesIn } from "./tiles";

export interface WishRequest {
  readonly levels: readonly Level[];
  readonly tileSize: number;
  /** What the viewport shows, in image pixels. */
  readonly area: Rect;
  /** Device pixels per image pixel. */
  readonly density: number;
  readonly variant: Variant;
  /** A hand is still changing the variant: only what is seen of it is worth asking for. */
  readonly live: boolean;
  /** Ask one level coarser: a drag on a slow server follows the hand that way. */
  readonly coarser: boolean;
  /** Variants that are likely next (the planes above and below, the next time points). */
  readonly ahead: readonly Variant[];
  /** Whether the picture already has something sharp, of whatever rendering, at all places. */
  readonly covers: (places: readonly TileAddress[]) => boolean;
  /** A movie plays: what is ahead is as urgent as what is shown. */
  readonly playing: boolean;
}

export interface Wishes {
  /** The tiles that make the view exact, the centre first. */
  readonly visible: readonly TileAddress[];
  /** The tiles that must be there before the variant counts as shown. */
  readonly needed: readonly TileAddress[];
  /** Everything, for the scheduler. */
  readonly all: readonly Wish[];
}

/** More visible tiles than this, and one coarse tile is fetched first as a preview. */
const PREVIEW_FROM = 4;

export function wishesFor(request: WishRequest): Wishes {
  const { levels, tileSize, area, variant } = request;
  const position = chooseLevel(levels, request.density);
  const top = levels.length - 1;
  const visible = tilesIn(levels, position, tileSize, area);
  const needed =
    request.coarser && position < top ? tilesIn(levels, position + 1, tileSize, area) : visible;
  const overview = position < top ? tilesIn(levels, top, tileSize, area) : [];
  // What is sharp stays until its successor is sharp as well: a blurred step between would flash.
  const preview = needed.length > PREVIEW_FROM && !request.covers(visible);
  const now = preview ? [...overview, ...needed] : needed;
  const all = [
    ...now.map((address) => wish(address, variant, "now")),
    ...request.ahead.flatMap((next) =>
      needed.map((address) => wish(address, next, request.playing ? "now" : "later")),
    ),
    ...(request.live ? [] : surroundings(request, position)),
  ];
  return { visible, needed, all: withoutRepeats(all) };
}

/** The overview, and half a tile around what is seen. */
function surroundings(request: WishRequest, position: number): Wish[] {
  const { levels, tileSize, area, variant } = request;
  const top = levels.length - 1;
  const overview = position < top ? tilesIn(levels, top, tileSize, area) : [];
  const margin = (tileSize * (levels[position]?.scale.width ?? 1)) / 2;
  const around = tilesIn(levels, position, tileSize, grown(area, margin));
  return [...overview, ...around].map((address) => wish(address, variant, "later"));
}

function wish(address: TileAddress, variant: Variant, rank: Wish["rank"]): Wish {
  return { address, variant, rank };
}

function withoutRepeats(wishes: readonly Wish[]): Wish[] {
  const seen = new Set<string>();
  return wishes.filter(({ address, variant }) => {
    const { level, x, y } = address;
    const key = `${level}/${x}/${y}/${variant.z}/${variant.t}/${variant.style}`;
    return !seen.has(key) && seen.add(key);
  });
}
