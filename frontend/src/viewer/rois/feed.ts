/** Loads the shapes of an image: those in view first, then all, or only those in view of very many. */

import { asApiError, type ApiError } from "../../api/errors";
import type { RegionShapesQuery, RegionShapesQueryVariables } from "../../api/generated/graphql";
import { gql } from "../../api/gql";
import type { Rect } from "../engine/geometry";
import { grown } from "../engine/geometry";
import { Signal } from "../engine/signal";
import { regionShapes } from "./documents";
import { type ShapeRow } from "./rows";

export interface FeedState {
  readonly loading: boolean;
  /** Shapes on the image, on all planes; null before the first answer. */
  readonly total: number | null;
  /** Whether all of them are here. */
  readonly complete: boolean;
  readonly error: ApiError | null;
}

export interface Seen {
  readonly area: Rect;
  readonly z: number;
  readonly t: number;
}

const PAGE = 500;
/** Up to so many are held all together; of more only those in view. */
const ALL_UP_TO = 200_000;
/** So many pages of a view with too many shapes; what is missing is said. */
const PAGES_OF_VIEW = 40;
/** A view that moves is asked about when it rests (ms). */
const REST_MS = 150;

export class ShapeFeed {
  readonly state = new Signal<FeedState>({
    loading: false,
    total: null,
    complete: false,
    error: null,
  });
  private readonly imageId: string;
  private readonly arrived: (rows: readonly ShapeRow[]) => void;
  private running: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** What has been asked about completely. */
  private covered: Seen | null = null;
  /** Whether the person may draw, as the first answer says. */
  mayDraw = true;

  constructor(imageId: string, arrived: (rows: readonly ShapeRow[]) => void) {
    this.imageId = imageId;
    this.arrived = arrived;
  }

  /** Asks for what is seen now, once it is rested on; asks nothing that is already here. */
  look(seen: Seen): void {
    const { complete, total } = this.state.value;
    if (complete || (this.running && total !== null && total <= ALL_UP_TO)) return;
    if (this.covers(seen)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.load(seen), total === null ? 0 : REST_MS);
  }

  /** Asks anew after a failure. */
  retry(seen: Seen): void {
    this.covered = null;
    this.state.set({ ...this.state.value, error: null });
    void this.load(seen);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.running?.abort();
  }

  private covers({ area, z, t }: Seen): boolean {
    const known = this.covered;
    if (!known || known.z !== z || known.t !== t) return false;
    const { x, y, width, height } = known.area;
    return (
      area.x >= x &&
      area.y >= y &&
      area.x + area.width <= x + width &&
      area.y + area.height <= y + height
    );
  }

  private async load(seen: Seen): Promise<void> {
    this.running?.abort();
    const controller = new AbortController();
    this.running = controller;
    const { signal } = controller;
    this.state.set({ ...this.state.value, loading: true, error: null });
    try {
      const area = grown(seen.area, Math.max(seen.area.width, seen.area.height) / 4);
      await this.pages({ bbox: area, z: seen.z, t: seen.t }, PAGES_OF_VIEW, signal);
      this.covered = { ...seen, area };
      const { total } = this.state.value;
      if (total !== null && total <= ALL_UP_TO) {
        await this.pages({}, Infinity, signal);
        this.state.set({ ...this.state.value, complete: true });
      }
      this.state.set({ ...this.state.value, loading: false });
    } catch (error) {
      if (signal.aborted) return;
      this.state.set({ ...this.state.value, loading: false, error: asApiError(error) });
    } finally {
      if (this.running === controller) this.running = null;
    }
  }

  private async pages(
    where: { bbox?: Rect; z?: number; t?: number },
    most: number,
    signal: AbortSignal,
  ): Promise<void> {
    let after: string | null = null;
    for (let page = 0; page < most; page += 1) {
      const isFirst = this.state.value.total === null;
      const variables: RegionShapesQueryVariables = {
        id: this.imageId,
        first: PAGE,
        after,
        isFirst,
        bbox: null,
        z: null,
        t: null,
        ...where,
      };
      const { image }: RegionShapesQuery = await gql(regionShapes, variables, { signal });
      if (!image) return;
      if (isFirst) {
        this.mayDraw = image.canAnnotate ?? true;
        this.state.set({ ...this.state.value, total: image.whole?.totalCount ?? 0 });
      }
      this.arrived(image.shapes.nodes);
      // A first page that is the whole list needs no second question.
      if (!image.shapes.pageInfo.hasNextPage) return;
      after = image.shapes.pageInfo.endCursor;
    }
  }
}
