/** What the information panel lists about an image. */

import type { Quantity } from "../state/facts";
import { inMetres, lengthText, number } from "../state/units";
import { w } from "./infoWords";
import type { ViewerImage } from "./imageQuery";

/** A title, and label and text of each row. */
export interface DetailGroup {
  readonly title: string;
  readonly rows: readonly (readonly [string, string])[];
}

type Pixels = NonNullable<ViewerImage["pixels"]>;
type Row = readonly [string, string | null | undefined];

export function detailsOf(image: ViewerImage): DetailGroup[] {
  const { pixels } = image;
  if (!pixels) return [];
  const groups = [
    group(w("info.image"), imageRows(image)),
    group(w("info.pixels"), pixelRows(pixels)),
    ...pixels.channels.map((channel) => channelGroup(channel)),
    group(w("info.file"), fileRows(image)),
  ];
  return groups.filter(({ rows }) => rows.length > 0);
}

function group(title: string, rows: readonly Row[]): DetailGroup {
  const filled = rows.flatMap(([label, text]) => (text ? [[label, text] as const] : []));
  return { title, rows: filled };
}

function imageRows(image: ViewerImage): Row[] {
  const { firstName, lastName, userName } = image.owner;
  return [
    [w("info.name"), image.name],
    [w("info.description"), image.description],
    [w("info.acquired"), dateText(image.acquisitionDate)],
    [w("info.imported"), dateText(image.created.time)],
    [w("info.owner"), `${firstName} ${lastName}`.trim() || userName],
    [w("info.group"), image.group.name],
  ];
}

function pixelRows(pixels: Pixels): Row[] {
  const { sizeX, sizeY, sizeZ: z, sizeC: c, sizeT: t, physicalSizeX, physicalSizeY } = pixels;
  const type = pixels.type.toLowerCase();
  const bits = pixels.significantBits;
  const full = Number(/\d+$/.exec(type)?.[0] ?? 0);
  const sizes = pixels.levels.map(({ width, height }) => `${width} × ${height}`);
  return [
    [w("info.size"), `${sizeX.toLocaleString()} × ${sizeY.toLocaleString()}`],
    [w("info.planes"), w("info.planesText", { z, c, t })],
    [w("info.type"), bits && bits < full ? w("info.typeBits", { type, bits }) : type],
    [w("info.pixelSize"), pairText(physicalSizeX, physicalSizeY, 1, 1)],
    [w("info.field"), pairText(physicalSizeX, physicalSizeY, sizeX, sizeY)],
    [w("info.zStep"), z > 1 ? quantityText(pixels.physicalSizeZ) : null],
    [w("info.timeStep"), t > 1 ? quantityText(pixels.timeIncrement) : null],
    [w("info.levels"), sizes.length > 1 ? sizes.join("\n") : null],
  ];
}

function channelGroup(channel: Pixels["channels"][number]): DetailGroup {
  const name = channel.name ?? "";
  const title = w("info.channel", { number: channel.index + 1, name }).replace(/: $/, "");
  return group(title, [
    [w("info.emission"), quantityText(channel.emissionWavelength)],
    [w("info.excitation"), quantityText(channel.excitationWavelength)],
    [w("info.fluor"), channel.fluor],
    [w("info.contrast"), channel.contrastMethod && choiceText(channel.contrastMethod)],
  ]);
}

function fileRows(image: ViewerImage): Row[] {
  const { fileset } = image;
  const [first, ...more] = fileset?.files ?? [];
  if (!fileset || !first) return [];
  const total = fileset.files.reduce((sum, file) => sum + file.size, 0);
  const names =
    more.length === 0 ? first.name : w("info.fileNames", { name: first.name, count: more.length });
  return [
    [w("info.format"), fileset.format],
    [w("info.files"), names],
    [w("info.series"), image.series > 0 ? String(image.series + 1) : null],
    [w("info.total"), bytesText(total)],
  ];
}

function dateText(value: string | null): string | null {
  if (!value) return null;
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return null;
  return date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** A value of an enumeration as people read it: POLARIZED_LIGHT → Polarized light; DIC stays. */
export function choiceText(choice: string): string {
  if (/^[A-Z]{1,4}$/.test(choice)) return choice;
  return `${choice.charAt(0)}${choice.slice(1).toLowerCase().replaceAll("_", " ")}`;
}

export function quantityText(quantity: Quantity | null): string | null {
  return quantity && `${number(quantity.value)} ${quantity.unit}`;
}

function pairText(
  x: Quantity | null,
  y: Quantity | null,
  countX: number,
  countY: number,
): string | null {
  if (!x || !y) return null;
  const [width, height] = [inMetres(x), inMetres(y)];
  if (width === null || height === null) return `${quantityText(x)} × ${quantityText(y)}`;
  return `${lengthText(width * countX, 4)} × ${lengthText(height * countY, 4)}`;
}

const BYTES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

function bytesText(bytes: number): string {
  const step = Math.min(BYTES.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const unit = BYTES[step] ?? "byte";
  const format = {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumSignificantDigits: 3,
  } as const;
  return new Intl.NumberFormat(undefined, format).format(bytes / 1000 ** step);
}
