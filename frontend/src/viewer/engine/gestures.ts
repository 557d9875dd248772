/** Hands on the canvas: drag, throw, pinch, double click and wheel become acts of a stage. */

import { centreOf, distance, type Point, type Rect } from "./geometry";
import { DragSpeed } from "./kinetics";
import { WheelReader } from "./wheel";

/** What gestures do; positions in CSS pixels from the top left of the canvas. */
export interface GestureTarget {
  grab(): void;
  pan(dx: number, dy: number): void;
  throw(velocity: Point): void;
  zoomBy(factor: number, anchor: Point): void;
  step(axis: "z" | "t", steps: number): void;
  /** The cursor's place, or null when it left. */
  hover(point: Point | null): void;
}

const DOUBLE_CLICK_ZOOM = 2;

export class Gestures {
  private readonly canvas: HTMLElement;
  private readonly target: GestureTarget;
  private readonly pointers = new Map<number, Point>();
  private readonly speed = new DragSpeed();
  private readonly wheel = new WheelReader();
  private readonly listening = new AbortController();

  constructor(canvas: HTMLElement, target: GestureTarget) {
    this.canvas = canvas;
    this.target = target;
    const { signal } = this.listening;
    canvas.addEventListener("pointerdown", (event) => this.down(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.move(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.up(event), { signal });
    canvas.addEventListener("pointercancel", (event) => this.up(event), { signal });
    canvas.addEventListener("pointerleave", () => this.target.hover(null), { signal });
    canvas.addEventListener("dblclick", (event) => this.doubleClick(event), { signal });
    canvas.addEventListener("wheel", (event) => this.turn(event), { signal, passive: false });
  }

  dispose(): void {
    this.listening.abort();
  }

  /** Where it is on the canvas itself, however that lies on the page. */
  private at({ offsetX, offsetY }: MouseEvent): Point {
    return { x: offsetX, y: offsetY };
  }

  private down(event: PointerEvent): void {
    if (event.pointerType === "mouse" && event.button > 1) return;
    if (event.button === 1) event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    const point = this.at(event);
    this.pointers.set(event.pointerId, point);
    this.speed.start(point, event.timeStamp);
    this.target.grab();
    this.canvas.dataset["grabbing"] = "";
  }

  private move(event: PointerEvent): void {
    const point = this.at(event);
    if (event.pointerType !== "touch") this.target.hover(point);
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    if (this.pointers.size === 1) {
      this.target.pan(point.x - before.x, point.y - before.y);
      this.speed.move(point, event.timeStamp);
    } else this.pinch(event.pointerId, before, point);
    this.pointers.set(event.pointerId, point);
  }

  private pinch(id: number, before: Point, after: Point): void {
    const other = [...this.pointers].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const from = centreOf(spanning(before, other));
    const to = centreOf(spanning(after, other));
    this.target.pan(to.x - from.x, to.y - from.y);
    const span = distance(before, other);
    if (span > 0) this.target.zoomBy(distance(after, other) / span, to);
  }

  private up(event: PointerEvent): void {
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.pointers.size > 0) {
      const [rest] = this.pointers.values();
      if (rest) this.speed.start(rest, event.timeStamp);
      return;
    }
    delete this.canvas.dataset["grabbing"];
    if (event.type === "pointerup") this.target.throw(this.speed.velocity(event.timeStamp));
  }

  private doubleClick(event: MouseEvent): void {
    const factor = event.shiftKey ? 1 / DOUBLE_CLICK_ZOOM : DOUBLE_CLICK_ZOOM;
    this.target.zoomBy(factor, this.at(event));
  }

  private turn(event: WheelEvent): void {
    event.preventDefault();
    const act = this.wheel.read(event);
    if (act?.kind === "zoom") this.target.zoomBy(act.factor, this.at(event));
    else if (act?.kind === "pan") this.target.pan(act.dx, act.dy);
    else if (act) this.target.step(act.kind, act.steps);
  }
}

function spanning(a: Point, b: Point): Rect {
  return {
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
  };
}
