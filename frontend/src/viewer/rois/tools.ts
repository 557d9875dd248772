/** What a hand on the picture does to shapes: draws, chooses, moves and pulls. */

import type { Point } from "../engine/geometry";
import {
  handlesOf,
  isMeant,
  pulled,
  rounded,
  shifted,
  simplified,
  spanned,
  withoutVertex,
  withVertex,
} from "./editing";
import { distanceTo, type Kind, type Shape } from "./shape";
import type { Rois } from "./rois";
import { Brush } from "./brush";

export type Tool =
  | "select"
  | "rectangle"
  | "ellipse"
  | "polygon"
  | "freehand"
  | "line"
  | "arrow"
  | "polyline"
  | "point"
  | "label"
  | "brush";

/** Which kind of shape a tool draws. */
const KINDS: Record<Exclude<Tool, "select">, Kind> = {
  rectangle: "RECTANGLE",
  ellipse: "ELLIPSE",
  polygon: "POLYGON",
  freehand: "POLYGON",
  line: "LINE",
  arrow: "LINE",
  polyline: "POLYLINE",
  point: "POINT",
  label: "LABEL",
  brush: "MASK",
};

/** How near the pointer must come, in CSS pixels: targets are 24 wide. */
const REACH = 8;
const HANDLE_REACH = 12;

export interface Hand {
  readonly point: Point;
  readonly shift: boolean;
  readonly alt: boolean;
}

type Drag =
  | { readonly kind: "span"; readonly from: Point; readonly shape: Shape }
  | { readonly kind: "free"; readonly points: number[]; readonly shape: Shape }
  | { readonly kind: "pull"; readonly part: number; readonly shape: Shape }
  | { readonly kind: "move"; readonly from: Point; readonly shapes: readonly Shape[] }
  | { readonly kind: "brush"; readonly brush: Brush; readonly shape: Shape };

export class Hands {
  private readonly rois: Rois;
  private drag: Drag | null = null;
  /** Vertices of a polygon or polyline under way. */
  private corners: number[] = [];

  constructor(rois: Rois) {
    this.rois = rois;
  }

  private get tool(): Tool {
    return this.rois.session.tool.value as Tool;
  }

  private get zoom(): number {
    return this.rois.session.zoom.value;
  }

  get isDrawing(): boolean {
    return this.drag !== null || this.corners.length > 0;
  }

  /** The hand goes down; false where it is not about shapes, and the picture is moved. */
  down({ point, shift, alt }: Hand): boolean {
    const { tool } = this;
    if (tool === "select") return this.grip(point, shift, alt);
    const kind = KINDS[tool];
    if (tool === "point" || tool === "label") {
      this.finish(this.blank(kind, [point.x, point.y]));
      return true;
    }
    if (tool === "polygon" || tool === "polyline") {
      this.corners.push(point.x, point.y);
      this.sketch(point);
      return true;
    }
    const numbers =
      kind === "LINE" ? [point.x, point.y, point.x, point.y] : [point.x, point.y, 0, 0];
    const shape = this.blank(kind, tool === "freehand" ? [point.x, point.y] : numbers);
    if (tool === "freehand") this.drag = { kind: "free", points: [point.x, point.y], shape };
    else if (tool === "brush") {
      const { width, height } = this.rois.session.facts;
      const brush = new Brush(width, height, Math.max(0.5, BRUSH_PX / this.zoom));
      brush.stroke(point, point);
      this.drag = { kind: "brush", brush, shape };
    } else this.drag = { kind: "span", from: point, shape };
    return true;
  }

  /** The hand moves; false where nothing follows it. */
  move({ point, shift, alt }: Hand): boolean {
    const { drag } = this;
    const { draft } = this.rois;
    if (!drag) {
      if (this.corners.length === 0) return false;
      this.sketch(point);
      return true;
    }
    if (drag.kind === "span")
      draft.set(spanned(drag.shape, drag.from, point, { even: shift, centred: alt }));
    else if (drag.kind === "free") {
      drag.points.push(point.x, point.y);
      draft.set({ ...drag.shape, numbers: [...drag.points] });
    } else if (drag.kind === "brush") {
      drag.brush.stroke(drag.brush.last, point);
      draft.set(drag.brush.shapeFrom(drag.shape));
    } else if (drag.kind === "pull") draft.set(pulled(drag.shape, drag.part, point, shift));
    else {
      const [dx, dy] = [point.x - drag.from.x, point.y - drag.from.y];
      this.rois.moving.set({ keys: new Set(drag.shapes.map(({ key }) => key)), dx, dy });
    }
    return true;
  }

  /** The hand is lifted: what it did becomes a change. */
  up({ point }: Hand): void {
    const { drag, rois } = this;
    this.drag = null;
    if (!drag) return;
    const draft = rois.draft.value;
    rois.draft.set(null);
    if (drag.kind === "move") {
      rois.moving.set(null);
      const [dx, dy] = [point.x - drag.from.x, point.y - drag.from.y];
      if (Math.hypot(dx, dy) * this.zoom < 3) return;
      rois.apply({
        before: drag.shapes,
        after: drag.shapes.map((shape) => rounded(shifted(shape, dx, dy))),
      });
      return;
    }
    if (drag.kind === "brush") return this.finish(drag.brush.shapeFrom(drag.shape));
    if (!draft) return;
    if (drag.kind === "pull") rois.apply({ before: [drag.shape], after: [rounded(draft)] });
    else if (drag.kind === "free")
      this.finish({ ...draft, numbers: simplified(draft.numbers, 0.75 / this.zoom) });
    else this.finish(draft);
  }

  /** A second click on the same place ends a polygon, or sets a vertex on a chosen one. */
  doubleClick(point: Point): boolean {
    if (this.corners.length > 0) {
      // Both clicks of the double click have set a vertex.
      this.corners.splice(-2, 2);
      this.complete();
      return true;
    }
    const [shape] = this.rois.chosen();
    if (this.tool !== "select" || !shape?.mayEdit) return false;
    if (distanceTo(shape, point, Infinity) > REACH / this.zoom) return false;
    const next = withVertex(shape, point);
    if (next) this.rois.apply({ before: [shape], after: [rounded(next)] });
    return next !== null;
  }

  /** Ends what is drawn; without anything begun, draws a shape in the middle of the view. */
  complete(): boolean {
    if (this.corners.length > 0) {
      const shape = this.blank(KINDS[this.tool as "polygon"], this.corners);
      this.corners = [];
      this.rois.draft.set(null);
      this.finish(shape);
      return true;
    }
    if (this.tool === "select" || this.drag) return false;
    const stage = this.rois.session.stage.value?.view.value;
    if (!stage) return false;
    const { x, y } = stage.camera;
    const size = Math.min(stage.viewport.width, stage.viewport.height) / 8 / this.zoom;
    this.finish(this.placed(x, y, size));
    return true;
  }

  /** Takes the last vertex of what is drawn, or the last of a chosen polygon. */
  back(): boolean {
    if (this.corners.length === 0) return false;
    this.corners.splice(-2, 2);
    if (this.corners.length === 0) this.rois.draft.set(null);
    else this.sketch({ x: this.corners.at(-2) ?? 0, y: this.corners.at(-1) ?? 0 });
    return true;
  }

  /** One layer back: the drawing, the choice, the tool. */
  cancel(): boolean {
    const { rois } = this;
    if (this.isDrawing) {
      this.drag = null;
      this.corners = [];
      rois.draft.set(null);
      rois.moving.set(null);
      return true;
    }
    if (rois.selection.value.length > 0) {
      rois.selection.set([]);
      return true;
    }
    if (this.tool === "select") return false;
    rois.session.tool.set("select");
    return true;
  }

  /** The shape under a point: the nearest line, and of insides the smallest. */
  at(point: Point): Shape | null {
    const reach = REACH / this.zoom;
    const area = { x: point.x - reach, y: point.y - reach, width: 2 * reach, height: 2 * reach };
    let best: Shape | null = null;
    let [least, smallest] = [reach, Infinity];
    for (const shape of this.rois.visible(area)) {
      const away = distanceTo(shape, point, reach);
      if (away > least) continue;
      const size = sizeOf(shape);
      if (away < least || size < smallest) [best, least, smallest] = [shape, away, size];
    }
    return best;
  }

  private grip(point: Point, shift: boolean, alt: boolean): boolean {
    const { rois } = this;
    const [only, ...more] = rois.chosen();
    if (only?.mayEdit && more.length === 0) {
      const handle = this.handleAt(only, point);
      if (handle !== null && alt) {
        const next = withoutVertex(only, handle);
        if (next) rois.apply({ before: [only], after: [next] });
        return true;
      }
      if (handle !== null) {
        this.drag = { kind: "pull", part: handle, shape: only };
        return true;
      }
    }
    const hit = this.at(point);
    if (!hit) return false;
    const isChosen = rois.selection.value.includes(hit.key);
    if (shift) rois.choose(hit.key, true);
    else if (!isChosen) rois.choose(hit.key);
    const shapes = rois.chosen().filter(({ mayEdit }) => mayEdit);
    if (shapes.length > 0) this.drag = { kind: "move", from: point, shapes };
    return true;
  }

  private handleAt(shape: Shape, point: Point): number | null {
    let [best, least]: [number | null, number] = [null, HANDLE_REACH / this.zoom];
    for (const { x, y, part } of handlesOf(shape)) {
      const away = Math.hypot(x - point.x, y - point.y);
      if (away <= least) [best, least] = [part, away];
    }
    return best;
  }

  private blank(kind: Kind, numbers: readonly number[]): Shape {
    const shape = this.rois.blank(kind, [...numbers]);
    return this.tool === "arrow" ? { ...shape, arrows: [false, true] } : shape;
  }

  private placed(x: number, y: number, size: number): Shape {
    const kind = KINDS[this.tool as "point"];
    const corners = [x - size, y + size, x + size, y + size, x, y - size];
    const numbers: Record<Kind, number[]> = {
      POINT: [x, y],
      LABEL: [x, y],
      LINE: [x - size, y, x + size, y],
      POLYLINE: corners,
      POLYGON: corners,
      RECTANGLE: [x - size, y - size, 2 * size, 2 * size],
      ELLIPSE: [x, y, size, size],
      MASK: [],
    };
    if (kind !== "MASK") return this.blank(kind, numbers[kind]);
    const { width, height } = this.rois.session.facts;
    const brush = new Brush(width, height, size);
    brush.stroke({ x, y }, { x, y });
    return brush.shapeFrom(this.blank("MASK", []));
  }

  private sketch(point: Point): void {
    const kind = this.corners.length < 4 ? "POLYLINE" : KINDS[this.tool as "polygon"];
    this.rois.draft.set(this.blank(kind, [...this.corners, point.x, point.y]));
  }

  private finish(shape: Shape): void {
    if (!isMeant(shape, 3 / this.zoom)) return;
    const text = shape.kind === "LABEL" ? this.rois.newLabel : shape.text;
    this.rois.add([{ ...rounded(shape), text }]);
    if (shape.kind !== "MASK" && shape.kind !== "POINT") this.rois.session.tool.set("select");
  }
}

/** CSS pixels of the brush's radius. */
const BRUSH_PX = 12;

function sizeOf(shape: Shape): number {
  const [, , width = 0, height = 0] = shape.numbers;
  return shape.kind === "POLYGON" ? Infinity : width * height;
}
