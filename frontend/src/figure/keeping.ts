/** Figures as documents: annotations of their images. */

import { gql } from "../api/gql";
import { deleteFigures, figureDocument, figureImages, NAMESPACE, saveFigure } from "./documents";
import { type Figure, figureForm, type PanelImage, readFigure } from "./model";

const MICROMETRES: Record<string, number> = { nm: 1e-3, µm: 1, mm: 1e3, cm: 1e4, m: 1e6, pm: 1e-6 };

/** The images of panels, by number; those that cannot be seen are left out. */
export async function imagesOf(
  numbers: readonly number[],
  signal?: AbortSignal,
): Promise<Map<number, PanelImage>> {
  const found = new Map<number, PanelImage>();
  const ids = [...new Set(numbers)].map((number) => `Image:${String(number)}`);
  if (ids.length === 0) return found;
  const { nodes } = await gql(figureImages, { ids }, signal === undefined ? {} : { signal });
  for (const node of nodes) {
    if (node === null || !("pixels" in node) || node.pixels === null || node.rendering === null)
      continue;
    const { pixels, rendering } = node;
    const size = pixels.physicalSizeX;
    const unit = size === null ? undefined : MICROMETRES[size.unit];
    const number = Number(node.id.split(":")[1]);
    found.set(number, {
      number,
      name: node.name,
      width: pixels.sizeX,
      height: pixels.sizeY,
      sizeZ: pixels.sizeZ,
      sizeT: pixels.sizeT,
      defaultZ: rendering.defaultZ,
      defaultT: rendering.defaultT,
      pixelSize: size === null || unit === undefined ? null : size.value * unit,
      levels: pixels.levels,
      regionUrl: node.regionUrl,
      channels: rendering.channels.map(({ label, color, active }) => ({
        label,
        color: color.slice(1, 7),
        active,
      })),
    });
  }
  return found;
}

/** A saved figure; null where there is none, undefined where its document cannot be read. */
export async function loadFigure(
  number: string,
  signal: AbortSignal,
): Promise<Figure | null | undefined> {
  const { node } = await gql(figureDocument, { id: `XMLAnnotation:${number}` }, { signal });
  if (node === null || !("namespace" in node) || node.namespace !== NAMESPACE) return null;
  return figureIn(node.textValue ?? "") ?? undefined;
}

/** The figure inside the XML of an annotation. */
export function figureIn(xml: string): Figure | null {
  const tree = new DOMParser().parseFromString(xml, "application/xml");
  return readFigure(tree.documentElement.textContent ?? "");
}

/** The XML of a figure: its JSON as text. */
export function xmlOf(figure: Figure): string {
  const json = JSON.stringify(figureForm(figure));
  const text = json.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<figure xmlns="${NAMESPACE}">${text}</figure>`;
}

/**
 * Keep a figure with all of its images; the version before goes to the trash.
 *
 * Returns its number.
 */
export async function keepFigure(figure: Figure, before: string | null): Promise<string> {
  const ids = [...new Set(figure.panels.map(({ image }) => `Image:${String(image)}`))];
  const text = xmlOf(figure);
  const { annotate } = await gql(saveFigure, {
    ids,
    annotations: [{ kind: "XML", text, namespace: NAMESPACE, description: figure.name }],
    namespace: NAMESPACE,
  });
  // Somebody else may have kept a figure of the same image in the same moment.
  const made = annotate.items
    .flatMap(({ node }) => (node !== null && "annotations" in node ? node.annotations.nodes : []))
    .find((each) => "textValue" in each && each.textValue === text);
  const wrong = annotate.items.find(({ error }) => error !== null)?.error;
  if (!annotate.applied || made === undefined) throw new Error(wrong?.message ?? "");
  if (before !== null) await gql(deleteFigures, { ids: [`XMLAnnotation:${before}`] });
  return made.id.split(":")[1] ?? "";
}
