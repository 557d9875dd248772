/** Addresses of exports. */

import type { ExportFormat as JobFormat } from "../api/generated/graphql";
import type { Word } from "./words";

export const EXPORTS = [
  ["png", "export.picturePng"],
  ["jpg", "export.pictureJpg"],
  ["tiff", "export.pictureTiff"],
  ["ome.tiff", "export.ome.tiff"],
  ["ozx", "export.ozx"],
  ["originals", "export.originals"],
  ["crate.zip", "export.crate.zip"],
] as const satisfies readonly (readonly [string, Word])[];
export type ExportFormat = (typeof EXPORTS)[number][0];

/** What of an image's regions becomes label images of OME-Zarr. */
export const LABELS = ["masks", "shapes", "no"] as const;
export type Labels = (typeof LABELS)[number];

const IN_JOBS = {
  png: "PNG",
  jpg: "JPEG",
  tiff: "TIFF",
  "ome.tiff": "OME_TIFF",
  ozx: "OME_ZARR",
  "crate.zip": "BUNDLE",
} as const satisfies Partial<Record<ExportFormat, JobFormat>>;

/** What a job is asked for that makes an export; null where the file needs no making. */
export function exportJob(
  ids: readonly string[],
  format: ExportFormat,
  said: Readonly<Record<string, string>>,
): { ids: string[]; format: JobFormat; options: string | null } | null {
  if (format === "originals") return null;
  const query = new URLSearchParams(said).toString();
  return { ids: [...ids], format: IN_JOBS[format], options: query === "" ? null : query };
}

/** Whether a format is a rendered picture. */
export function isPicture(format: ExportFormat): boolean {
  return format === "png" || format === "jpg" || format === "tiff";
}

/** The address of a download of things; `said` are the query's keys. */
export function exportAddress(
  ids: readonly string[],
  format: ExportFormat,
  said: Readonly<Record<string, string>>,
): string {
  if (format === "originals") return `/archive?ids=${ids.join(",")}`;
  const query = new URLSearchParams(said).toString();
  return `/export/${ids.join(",")}.${format}${query === "" ? "" : `?${query}`}`;
}
