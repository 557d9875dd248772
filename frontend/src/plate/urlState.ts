/** A plate's view as it stands in the address. */

import { parsePlace, parsePlaces, type Place, placesText, placeText } from "./places";

export type Show = "image" | "both" | "values";
const SHOWS: ReadonlySet<string> = new Set<Show>(["image", "both", "values"]);

export interface PlateView {
  /** Number of the run of imaging; null for all. */
  readonly run: string | null;
  /** Counted from 0; null for the plate's own choice. */
  readonly field: number | null;
  readonly by: string;
  readonly show: Show;
  /** Whether all wells have the same windows. */
  readonly common: boolean;
  /** CSS pixels of a well; null fits the plate. */
  readonly size: number | null;
}

export const SIZES = [16, 24, 32, 48, 64, 96, 128, 192, 256] as const;

export const INITIAL: PlateView = {
  run: null,
  field: null,
  by: "",
  show: "image",
  common: false,
  size: null,
};

/** Read a query string. What is missing or makes no sense has its initial value. */
export function parsePlateView(search: string): PlateView {
  const query = new URLSearchParams(search);
  const field = Number(query.get("field") ?? Number.NaN);
  const size = Number(query.get("size") ?? Number.NaN);
  const run = query.get("run");
  const said = query.get("by") ?? "";
  const by = /^(kv:.+|type|status|fields|tags)$/.test(said) ? said : "";
  const show = query.get("show") as Show;
  return {
    run: run !== null && /^\d{1,18}$/.test(run) ? run : null,
    field: Number.isInteger(field) && field >= 1 && field <= 1e6 ? field - 1 : null,
    by,
    show: SHOWS.has(show) ? show : by === "" ? "image" : "both",
    common: query.get("windows") === "common",
    size: (SIZES as readonly number[]).includes(size) ? size : null,
  };
}

/** Wells of an address: the focused one and the selected. */
export function parseWells(search: string, rows: number, columns: number) {
  const query = new URLSearchParams(search);
  const well = parsePlace(query.get("well") ?? "");
  const selected = parsePlaces(query.get("wells") ?? "", rows, columns);
  const isOn = well !== null && well.row < rows && well.column < columns;
  return { active: isOn ? well.row * columns + well.column : -1, selected };
}

/** Write the state as a query string, without what has its initial value. */
export function formatPlateView(
  view: PlateView,
  wells: { active: Place | null; selected: Iterable<number>; columns: number },
): string {
  const spans = placesText(wells.selected, wells.columns);
  const active = wells.active === null ? "" : placeText(wells.active);
  const parts = [
    view.run === null ? "" : `run=${view.run}`,
    view.field === null ? "" : `field=${String(view.field + 1)}`,
    view.by === "" ? "" : `by=${encodeURIComponent(view.by).replaceAll("%3A", ":")}`,
    view.show === (view.by === "" ? "image" : "both") ? "" : `show=${view.show}`,
    view.common ? "windows=common" : "",
    view.size === null ? "" : `size=${String(view.size)}`,
    active === "" ? "" : `well=${active}`,
    spans === "" || spans === active ? "" : `wells=${spans}`,
  ];
  return parts.filter((part) => part !== "").join("&");
}
