/** Where the viewer looks: pure functions between image pixels and CSS pixels of the viewport. */

import { clamp, type Point, type Rect, type Size } from "./geometry";

/** The image point at the centre of the viewport, and CSS pixels per image pixel. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

/** What a camera looks at and through: image size in pixels, viewport size in CSS pixels. */
export interface Scene {
  readonly image: Size;
  readonly viewport: Size;
}

export interface ZoomLimits {
  readonly min: number;
  readonly max: number;
}

/** At most 64 CSS pixels per image pixel: single pixels are then thumb-sized. */
const MAX_ZOOM = 64;

/** The zoom at which the whole image is just visible. */
export function fitZoom({ image, viewport }: Scene): number {
  const zoom = Math.min(viewport.width / image.width, viewport.height / image.height);
  return Number.isFinite(zoom) && zoom > 0 ? zoom : 1;
}

/** From half the fitted size (a bit of air around) up to single pixels. */
export function zoomLimits(scene: Scene): ZoomLimits {
  const fit = fitZoom(scene);
  return { min: Math.min(fit / 2, 0.5), max: Math.max(MAX_ZOOM, fit) };
}

/** The whole image, centred. */
export function fitted(scene: Scene): Camera {
  return { x: scene.image.width / 2, y: scene.image.height / 2, zoom: fitZoom(scene) };
}

/** The same camera with its zoom within limits and its centre on the image. */
export function clamped(camera: Camera, scene: Scene): Camera {
  const { min, max } = zoomLimits(scene);
  return {
    x: clamp(camera.x, 0, scene.image.width),
    y: clamp(camera.y, 0, scene.image.height),
    zoom: clamp(camera.zoom, min, max),
  };
}

/** The image point under a viewport point (CSS pixels from the top left corner). */
export function toImage(camera: Camera, viewport: Size, point: Point): Point {
  return {
    x: camera.x + (point.x - viewport.width / 2) / camera.zoom,
    y: camera.y + (point.y - viewport.height / 2) / camera.zoom,
  };
}

/** The viewport point (CSS pixels) that shows an image point. */
export function toScreen(camera: Camera, viewport: Size, point: Point): Point {
  return {
    x: (point.x - camera.x) * camera.zoom + viewport.width / 2,
    y: (point.y - camera.y) * camera.zoom + viewport.height / 2,
  };
}

/** The image rectangle the viewport shows; reaches beyond the image where there is surround. */
export function visibleRect(camera: Camera, viewport: Size): Rect {
  const width = viewport.width / camera.zoom;
  const height = viewport.height / camera.zoom;
  return { x: camera.x - width / 2, y: camera.y - height / 2, width, height };
}

/** Moves the picture by CSS pixels, as a hand on the image would. */
export function panned(camera: Camera, scene: Scene, dx: number, dy: number): Camera {
  const moved = { ...camera, x: camera.x - dx / camera.zoom, y: camera.y - dy / camera.zoom };
  return clamped(moved, scene);
}

/** Zooms to `zoom` so that the image point under `anchor` (CSS pixels) stays where it is. */
export function zoomedTo(camera: Camera, scene: Scene, zoom: number, anchor?: Point): Camera {
  const { viewport } = scene;
  const { min, max } = zoomLimits(scene);
  const next = clamp(zoom, min, max);
  const fixed = anchor ?? { x: viewport.width / 2, y: viewport.height / 2 };
  const held = toImage(camera, viewport, fixed);
  const moved = {
    x: held.x - (fixed.x - viewport.width / 2) / next,
    y: held.y - (fixed.y - viewport.height / 2) / next,
    zoom: next,
  };
  return clamped(moved, scene);
}

/** Whether two cameras show the same picture to within a tenth of a screen pixel. */
export function sameView(a: Camera, b: Camera): boolean {
  const near = 0.1 / Math.max(a.zoom, b.zoom);
  return (
    Math.abs(a.x - b.x) <= near &&
    Math.abs(a.y - b.y) <= near &&
    Math.abs(a.zoom / b.zoom - 1) <= 1e-4
  );
}
