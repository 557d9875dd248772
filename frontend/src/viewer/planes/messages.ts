/** What the page and the worker that makes tiles say to each other. */

import type { Rendering } from "./rendering";
import type { PlanePlace, Quality, RawRoute } from "./wire";

export interface TileOrder {
  readonly place: PlanePlace;
  readonly rendering: Rendering;
  readonly quality: Quality;
}

export type Order =
  | {
      readonly kind: "open";
      readonly route: RawRoute;
      readonly composer: "gpu" | "cpu";
      readonly budgetBytes: number;
    }
  | { readonly kind: "lut"; readonly name: string; readonly colors: Uint8Array }
  | ({ readonly kind: "tile"; readonly id: number } & TileOrder)
  | { readonly kind: "cancel"; readonly id: number }
  | {
      readonly kind: "keep";
      readonly places: readonly PlanePlace[];
      readonly channels: readonly number[];
    }
  | {
      readonly kind: "values";
      readonly id: number;
      readonly place: PlanePlace;
      readonly channels: readonly number[];
      /** In pixels of the tile. */
      readonly x: number;
      readonly y: number;
    };

export interface Refusal {
  readonly message: string;
  readonly code: string;
  readonly remedy?: string;
  readonly transient: boolean;
}

export type Report =
  | { readonly kind: "tile"; readonly id: number; readonly bitmap: ImageBitmap }
  | { readonly kind: "values"; readonly id: number; readonly values: readonly (number | null)[] }
  | { readonly kind: "refused"; readonly id: number; readonly refusal: Refusal }
  /** The graphics card was asked for and is not to be had. */
  | { readonly kind: "composer"; readonly name: "gpu" | "cpu" };
