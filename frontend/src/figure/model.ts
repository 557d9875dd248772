/** A figure as the server draws it and documents keep it, and the changes it can undergo. */

export const VERSION = 1;

export type LabelPlace =
  | "top-left"
  | "top"
  | "top-right"
  | "bottom-left"
  | "bottom"
  | "bottom-right"
  | "above"
  | "below"
  | "left"
  | "right";
export type Corner = "bottom-right" | "bottom-left" | "top-right" | "top-left";

export interface Label {
  readonly text: string;
  readonly place: LabelPlace;
  /** Points. */
  readonly size: number;
  /** RRGGBB. */
  readonly color: string;
}

export interface Bar {
  /** Null for a round length that fits. */
  readonly micrometres: number | null;
  readonly corner: Corner;
  readonly color: string;
  readonly label: boolean;
}

export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Panel {
  readonly id: string;
  readonly image: number;
  /** Millimetres, as all places on the page. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** From 0; null for what is seen first. */
  readonly z: number | null;
  readonly t: number | null;
  /** Channels, as the viewer's address says them; empty for how the image is shown. */
  readonly c: string;
  readonly m: "c" | "g" | null;
  readonly p: string | null;
  /** Pixels of the full resolution; null for all of them. */
  readonly crop: Crop | null;
  readonly labels: readonly Label[];
  readonly bar: Bar | null;
  /** The panel on which a frame shows where this one is. */
  readonly insetOf: string | null;
  readonly insetColor: string;
  readonly rois: boolean;
}

export interface Figure {
  readonly version: typeof VERSION;
  readonly name: string;
  readonly page: { readonly width: number; readonly height: number; readonly background: string };
  readonly panels: readonly Panel[];
}

/** What of an image its panels depend on. */
export interface PanelImage {
  readonly number: number;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly sizeZ: number;
  readonly sizeT: number;
  readonly defaultZ: number;
  readonly defaultT: number;
  /** Micrometres of a pixel; null where they are not known. */
  readonly pixelSize: number | null;
  readonly levels: readonly { readonly width: number; readonly height: number }[];
  readonly regionUrl: string;
  readonly channels: readonly {
    readonly label: string;
    /** RRGGBB. */
    readonly color: string;
    readonly active: boolean;
  }[];
}

export const PAGES = {
  a4: [210, 297],
  "a4-landscape": [297, 210],
  letter: [215.9, 279.4],
  column: [85, 120],
  "two-columns": [174, 120],
  slide: [254, 143],
} as const;
export type PageName = keyof typeof PAGES;

export const MARGIN = 12;
const GAP = 3;
export const WHITE = "FFFFFF";
const BLACK = "000000";

export function emptyFigure(name: string): Figure {
  const [width, height] = PAGES["two-columns"];
  return { version: VERSION, name, page: { width, height, background: WHITE }, panels: [] };
}

/** What a view of the viewer says of a panel. */
export interface PanelView {
  readonly z?: number | null;
  readonly t?: number | null;
  readonly c?: string;
  readonly m?: "c" | "g" | null;
  readonly p?: string | null;
}

export function newPanel(id: string, image: PanelImage, view: PanelView = {}): Panel {
  return {
    id,
    image: image.number,
    x: MARGIN,
    y: MARGIN,
    width: 40,
    height: (40 * image.height) / image.width,
    z: view.z ?? image.defaultZ,
    t: view.t ?? image.defaultT,
    c: view.c ?? "",
    m: view.m ?? null,
    p: view.p ?? null,
    crop: null,
    labels: [],
    bar: null,
    insetOf: null,
    insetColor: WHITE,
    rois: false,
  };
}

/** An id that no panel has. */
export function freeId(figure: Figure, taken: readonly string[] = []): string {
  const ids = new Set([...figure.panels.map(({ id }) => id), ...taken]);
  let number = figure.panels.length + 1;
  while (ids.has(`p${String(number)}`)) number += 1;
  return `p${String(number)}`;
}

/** Each lit channel by itself, and all of them merged; the first with a scale bar. */
export function splitPanels(
  image: PanelImage,
  view: PanelView,
  figure: Figure,
  mergedName: string,
): Panel[] {
  const lit = litChannels(image, view.c ?? "");
  const made: Panel[] = [];
  const add = (c: string, text: string): void => {
    const id = freeId(
      figure,
      made.map((panel) => panel.id),
    );
    const label: Label = { text, place: "above", size: 9, color: BLACK };
    made.push({ ...newPanel(id, image, { ...view, c }), labels: [label] });
  };
  for (const index of lit) {
    const channel = image.channels[index];
    if (channel === undefined) continue;
    const others = lit.filter((each) => each !== index).map((each) => `-${String(each + 1)}`);
    add(merged(view.c ?? "", others), channel.label);
  }
  add(view.c ?? "", mergedName);
  const last = made.at(-1);
  if (last !== undefined)
    made[made.length - 1] = {
      ...last,
      bar: { micrometres: null, corner: "bottom-right", color: WHITE, label: true },
    };
  return made;
}

/** Numbers, from 0, of the channels that a panel shows. */
export function litChannels(image: PanelImage, c: string): number[] {
  const isLit = image.channels.map(({ active }) => active);
  for (const piece of pieces(c)) {
    const match = /^(-?)(\d+)/.exec(piece);
    const index = Number(match?.[2]) - 1;
    if (match !== null && index >= 0 && index < isLit.length) isLit[index] = match[1] === "";
  }
  return isLit.flatMap((lit, index) => (lit ? [index] : []));
}

function pieces(c: string): string[] {
  return c.split(/,(?![^()]*\))/).filter((piece) => piece.trim() !== "");
}

/** A text of channels with one of them on or off; what is said of its window and colour stays. */
export function withChannelOn(c: string, index: number, isOn: boolean): string {
  return merged(c, [`${isOn ? "" : "-"}${String(index + 1)}`]);
}

function merged(c: string, changes: readonly string[]): string {
  const found = new Map<string, string>();
  for (const piece of pieces(c)) found.set(/^-?(\d+)/.exec(piece)?.[1] ?? piece, piece);
  for (const change of changes) {
    const number = change.replace("-", "");
    const old = found.get(number)?.replace(/^-/, "") ?? number;
    found.set(number, `${change.startsWith("-") ? "-" : ""}${old}`);
  }
  return [...found.values()].join(",");
}

export function withPanel(figure: Figure, id: string, changes: Partial<Panel>): Figure {
  const panels = figure.panels.map((panel) => (panel.id === id ? { ...panel, ...changes } : panel));
  return { ...figure, panels };
}

export function withoutPanels(figure: Figure, ids: ReadonlySet<string>): Figure {
  const panels = figure.panels
    .filter(({ id }) => !ids.has(id))
    .map((panel) =>
      panel.insetOf !== null && ids.has(panel.insetOf) ? { ...panel, insetOf: null } : panel,
    );
  return { ...figure, panels };
}

/** Room that labels beside a panel need, in millimetres. */
function aboveOf(panel: Panel): number {
  const sizes = panel.labels.filter(({ place }) => place === "above").map(({ size }) => size);
  return sizes.reduce((sum, size) => sum + size * 1.2, sizes.length > 0 ? 3 : 0) * (25.4 / 72);
}

/** Panels in rows of so many, as wide as the page allows, with room for the labels above them. */
export function arranged(figure: Figure, columns: number, gap = GAP): Figure {
  const across = Math.max(1, Math.min(columns, figure.panels.length));
  const width = (figure.page.width - 2 * MARGIN - (across - 1) * gap) / across;
  const panels: Panel[] = [];
  let y = MARGIN;
  for (let from = 0; from < figure.panels.length; from += across) {
    const row = figure.panels.slice(from, from + across);
    y += Math.max(...row.map(aboveOf));
    const sized = row.map((panel, at) => ({
      ...panel,
      x: rounded(MARGIN + at * (width + gap)),
      y: rounded(y),
      width: rounded(width),
      height: rounded((width * panel.height) / panel.width),
    }));
    panels.push(...sized);
    y += Math.max(...sized.map(({ height }) => height)) + gap;
  }
  return { ...figure, panels };
}

/** The page as high as its panels need. */
export function pageAroundPanels(figure: Figure): Figure {
  const bottom = Math.max(0, ...figure.panels.map(({ y, height }) => y + height));
  const height = Math.max(20, rounded(bottom + MARGIN));
  return { ...figure, page: { ...figure.page, height } };
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A place on the page, in millimetres. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What a panel shows, in pixels. */
export function cropOf(panel: Panel, image: PanelImage): Crop {
  return panel.crop ?? { x: 0, y: 0, width: image.width, height: image.height };
}

/** A crop that lies inside the image and has whole pixels. */
export function cropInside(crop: Crop, image: PanelImage): Crop {
  const width = clamp(Math.round(crop.width), 1, image.width);
  const height = clamp(Math.round(crop.height), 1, image.height);
  return {
    x: clamp(Math.round(crop.x), 0, image.width - width),
    y: clamp(Math.round(crop.y), 0, image.height - height),
    width,
    height,
  };
}

/** A panel that shows so many times less or more of its image, around the same middle. */
export function zoomed(panel: Panel, image: PanelImage, by: number): Panel {
  const crop = cropOf(panel, image);
  // The panel's own proportions, so that it stays filled.
  const ratio = panel.height / panel.width;
  const width = Math.min(image.width, crop.width / by, image.height / ratio);
  const height = width * ratio;
  const next = cropInside(
    { x: crop.x + (crop.width - width) / 2, y: crop.y + (crop.height - height) / 2, width, height },
    image,
  );
  const isWhole = next.width === image.width && next.height === image.height;
  return { ...panel, crop: isWhole ? null : next };
}

/** The part of an image between two points of the page, as far as a panel shows it. */
export function cropBetween(panel: Panel, image: PanelImage, one: Point, other: Point): Crop {
  const shown = cropOf(panel, image);
  const box = pictureBox(panel, shown);
  const scale = shown.width / box.width;
  const at = ({ x, y }: Point): Point => ({
    x: shown.x + clamp((x - box.x) * scale, 0, shown.width),
    y: shown.y + clamp((y - box.y) * scale, 0, shown.height),
  });
  const [from, to] = [at(one), at(other)];
  return cropInside(
    {
      x: Math.min(from.x, to.x),
      y: Math.min(from.y, to.y),
      width: Math.abs(to.x - from.x),
      height: Math.abs(to.y - from.y),
    },
    image,
  );
}

/** A panel whose picture is moved by a share of what it shows. */
export function panned(panel: Panel, image: PanelImage, dx: number, dy: number): Panel {
  const crop = cropOf(panel, image);
  const moved = { ...crop, x: crop.x + dx * crop.width, y: crop.y + dy * crop.height };
  return { ...panel, crop: cropInside(moved, image) };
}

/** A panel that shows a third of another one's middle, framed there. */
export function insetFor(figure: Figure, parent: Panel, image: PanelImage): Panel {
  const crop = cropOf(parent, image);
  const part = cropInside(
    {
      x: crop.x + crop.width / 3,
      y: crop.y + crop.height / 3,
      width: crop.width / 3,
      height: crop.height / 3,
    },
    image,
  );
  return {
    ...parent,
    id: freeId(figure),
    crop: part,
    x: rounded(Math.min(parent.x + parent.width + GAP, figure.page.width - parent.width / 2)),
    labels: [],
    bar: null,
    insetOf: parent.id,
  };
}

/** Where a rectangle of the image is on the page, inside the panel's picture. */
export function pictureBox(panel: Panel, crop: Crop): Crop {
  const scale = Math.min(panel.width / crop.width, panel.height / crop.height);
  const [width, height] = [crop.width * scale, crop.height * scale];
  return {
    x: panel.x + (panel.width - width) / 2,
    y: panel.y + (panel.height - height) / 2,
    width,
    height,
  };
}

/** Length of a scale bar on the page and what it says; null where the image has no sizes. */
export function barLength(
  panel: Panel,
  image: PanelImage,
): { millimetres: number; label: string } | null {
  const { bar } = panel;
  if (bar === null || image.pixelSize === null) return null;
  const crop = cropOf(panel, image);
  const box = pictureBox(panel, crop);
  const perMillimetre = (image.pixelSize * crop.width) / box.width;
  const micrometres = bar.micrometres ?? roundBelow(perMillimetre * box.width * 0.25);
  const millimetres = micrometres / perMillimetre;
  if (millimetres > box.width) return null;
  return { millimetres, label: lengthText(micrometres) };
}

/** The largest 1, 2 or 5 times a power of ten that is not above a length. */
function roundBelow(limit: number): number {
  const power = 10 ** Math.floor(Math.log10(limit) + 1e-12);
  const nice = [5, 2].find((step) => limit / power >= step - 1e-9) ?? 1;
  return Number((nice * power).toPrecision(6));
}

function lengthText(micrometres: number): string {
  if (micrometres < 1) return `${String(Number((micrometres * 1000).toPrecision(6)))} nm`;
  if (micrometres >= 1000) return `${String(Number((micrometres / 1000).toPrecision(6)))} mm`;
  return `${String(Number(micrometres.toPrecision(6)))} µm`;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(low, high), Math.max(low, value));
}

/** What the server is sent: empty texts are left out. */
export function figureForm(figure: Figure): unknown {
  return {
    ...figure,
    panels: figure.panels.map(({ c, m, p, ...panel }) => ({
      ...panel,
      ...(c === "" ? {} : { c }),
      ...(m === null ? {} : { m }),
      ...(p === null ? {} : { p }),
    })),
  };
}

/** The figure of a document; null where it is none that is understood. */
export function readFigure(text: string): Figure | null {
  let form: unknown;
  try {
    form = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof form !== "object" || form === null) return null;
  const { version, name, page, panels } = form as Partial<Figure>;
  if (version !== VERSION || page === undefined || !Array.isArray(panels)) return null;
  const whole = panels.flatMap((panel: Partial<Panel>) =>
    typeof panel.id === "string" && Number.isInteger(panel.image)
      ? [{ ...BLANK, ...panel } as Panel]
      : [],
  );
  return { version: VERSION, name: String(name ?? ""), page, panels: whole };
}

const BLANK = {
  x: MARGIN,
  y: MARGIN,
  width: 40,
  height: 40,
  z: null,
  t: null,
  c: "",
  m: null,
  p: null,
  crop: null,
  labels: [],
  bar: null,
  insetOf: null,
  insetColor: WHITE,
  rois: false,
} as const;
