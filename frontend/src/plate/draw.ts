/** Draws the visible part of a plate: pictures, values, hatching, selection. */

import type { PlateAnswer } from "./documents";
import { type Colouring, isBright } from "./measures";
import { levelFor, TILE, tileAddress, type TileImages } from "./tiles";
import type { PlateView } from "./urlState";

export interface Scene {
  readonly picture: NonNullable<PlateAnswer["picture"]>;
  readonly view: PlateView;
  /** CSS pixels of a well. */
  readonly cell: number;
  /** What is seen of the plate, in CSS pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly wells: ReadonlySet<number>;
  readonly selected: ReadonlySet<number>;
  readonly active: number;
  readonly colouring: Colouring | null;
  readonly tiles: TileImages;
  readonly theme: Theme;
  readonly hasFocus: boolean;
}

/** Colours of the interface that is in force. */
export interface Theme {
  readonly ground: string;
  readonly hatch: string;
  readonly mark: string;
  readonly focus: string;
  readonly empty: string;
}

export function themeOf(element: Element): Theme {
  const style = getComputedStyle(element);
  const value = (name: string): string => style.getPropertyValue(name);
  return {
    ground: value("--bg0"),
    hatch: value("--lineStrong"),
    mark: value("--accent"),
    focus: value("--focus"),
    empty: value("--bg2"),
  };
}

export function drawPlate(canvas: HTMLCanvasElement, scene: Scene): void {
  const density = Math.min(2, window.devicePixelRatio);
  const [width, height] = [scene.width * density, scene.height * density].map(Math.round);
  if (width === undefined || height === undefined) return;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  pen.setTransform(density, 0, 0, density, 0, 0);
  pen.fillStyle = scene.theme.ground;
  pen.fillRect(0, 0, scene.width, scene.height);
  pen.translate(-scene.x, -scene.y);
  if (scene.view.show !== "values") drawTiles(pen, scene, density);
  const hatch = hatching(pen, scene.theme.hatch);
  for (const place of visible(scene)) drawWell(pen, scene, place, hatch);
}

function* visible({ picture, cell, x, y, width, height }: Scene): Generator<number> {
  const { rows, columns } = picture;
  const last = {
    row: Math.min(rows, Math.ceil((y + height) / cell)),
    column: Math.min(columns, Math.ceil((x + width) / cell)),
  };
  for (let row = Math.max(0, Math.floor(y / cell)); row < last.row; row += 1)
    for (let column = Math.max(0, Math.floor(x / cell)); column < last.column; column += 1)
      yield row * columns + column;
}

function drawTiles(pen: CanvasRenderingContext2D, scene: Scene, density: number): void {
  const { picture, cell, x, y, width, height, tiles, view } = scene;
  const { level, cellSize } = levelFor(picture, cell * density);
  const scale = cell / cellSize;
  const side = TILE * scale;
  const right = Math.min(x + width, picture.columns * cell);
  const bottom = Math.min(y + height, picture.rows * cell);
  pen.imageSmoothingQuality = "high";
  for (let row = Math.floor(y / side); row * side < bottom; row += 1)
    for (let column = Math.floor(x / side); column * side < right; column += 1) {
      const image = tiles.want(tileAddress(picture, level, { x: column, y: row }, view));
      if (image === null) continue;
      const size = [image.naturalWidth * scale, image.naturalHeight * scale] as const;
      pen.drawImage(image, column * side, row * side, ...size);
    }
}

function drawWell(
  pen: CanvasRenderingContext2D,
  scene: Scene,
  place: number,
  hatch: CanvasPattern | null,
): void {
  const { cell, picture, wells, colouring, view } = scene;
  const x = (place % picture.columns) * cell;
  const y = Math.floor(place / picture.columns) * cell;
  const inner = cell - 1;
  const isThere = wells.has(place);
  const color = colouring?.colors.get(place);
  const isMissing = !isThere || (colouring !== null && color === undefined);
  if (view.show === "values") {
    pen.fillStyle = color ?? scene.theme.empty;
    pen.fillRect(x, y, inner, inner);
    const text = colouring?.texts.get(place);
    if (color !== undefined && text !== undefined && cell >= TEXT_FROM)
      drawText(pen, text, color, x + inner / 2, y + inner / 2, inner - 4);
  } else if (view.show === "both" && color !== undefined) {
    const high = Math.max(3, Math.round(cell / 6));
    pen.fillStyle = color;
    pen.fillRect(x, y + inner - high, inner, high);
  }
  if (isMissing && hatch !== null && (!isThere || view.show !== "image")) {
    pen.fillStyle = hatch;
    const high = isThere && view.show === "both" ? Math.max(3, Math.round(cell / 6)) : inner;
    pen.fillRect(x, y + inner - high, inner, high);
  }
  if (scene.selected.has(place)) {
    pen.strokeStyle = scene.theme.mark;
    pen.lineWidth = 2;
    pen.strokeRect(x + 1, y + 1, inner - 2, inner - 2);
  }
  if (place === scene.active && scene.hasFocus) {
    pen.strokeStyle = scene.theme.focus;
    pen.lineWidth = 3;
    pen.strokeRect(x + 0.5, y + 0.5, inner - 1, inner - 1);
  }
}

const TEXT_FROM = 40;

function drawText(
  pen: CanvasRenderingContext2D,
  text: string,
  ground: string,
  x: number,
  y: number,
  room: number,
): void {
  pen.font = "11px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = isBright(ground) ? "#000000" : "#ffffff";
  let shown = text.slice(0, 40);
  while (shown.length > 1 && pen.measureText(shown).width > room) shown = shown.slice(0, -1);
  pen.fillText(shown.length < text.length ? `${shown.slice(0, -1)}…` : shown, x, y);
}

/** Thin slanted lines, for what is not there. */
function hatching(pen: CanvasRenderingContext2D, color: string): CanvasPattern | null {
  const tile = document.createElement("canvas");
  [tile.width, tile.height] = [6, 6];
  const line = tile.getContext("2d");
  if (line === null) return null;
  line.strokeStyle = color;
  line.lineWidth = 1;
  line.beginPath();
  for (const from of [-6, 0, 6]) {
    line.moveTo(from, 6);
    line.lineTo(from + 6, 0);
  }
  line.stroke();
  return pen.createPattern(tile, "repeat");
}
