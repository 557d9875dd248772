/** What a turn of the wheel or a stroke on the trackpad means. */

export type WheelAct =
  | { readonly kind: "zoom"; readonly factor: number }
  | { readonly kind: "pan"; readonly dx: number; readonly dy: number }
  | { readonly kind: "z" | "t"; readonly steps: number };

export interface WheelFacts {
  readonly deltaX: number;
  readonly deltaY: number;
  readonly deltaMode: number;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly timeStamp: number;
}

const LINE = 1;
const PAGE = 2;
/** CSS pixels that one line or page of wheel travel stands for. */
const LINE_PX = 40;
const PAGE_PX = 400;
/** Pixels of wheel travel that double the zoom. */
const DOUBLING_PX = 300;
/** A pinch reports far smaller numbers than a wheel for the same wish. */
const PINCH_DOUBLING_PX = 70;
/** Pixels of travel for one plane. */
const STEP_PX = 60;
/** Two strokes closer than this belong to one gesture. */
const GESTURE_MS = 250;
/** A mouse wheel jumps; a finger starts with less. */
const FINGER_PX = 40;

/** Turns wheel events into acts; remembers what device the current gesture comes from. */
export class WheelReader {
  private finger = false;
  private lastTime = Number.NEGATIVE_INFINITY;
  private travel = 0;

  read(event: WheelFacts): WheelAct | null {
    const fresh = event.timeStamp - this.lastTime > GESTURE_MS;
    this.lastTime = event.timeStamp;
    if (fresh) {
      this.finger = looksLikeFinger(event);
      this.travel = 0;
    }
    const dx = pixels(event.deltaX, event.deltaMode);
    const dy = pixels(event.deltaY, event.deltaMode);
    if (event.ctrlKey) return zoom(dy, Math.abs(dy) < FINGER_PX ? PINCH_DOUBLING_PX : DOUBLING_PX);
    if (event.shiftKey || event.altKey) return this.step(event, dy === 0 ? dx : dy);
    return this.finger ? { kind: "pan", dx: -dx, dy: -dy } : zoom(dy, DOUBLING_PX);
  }

  private step(event: WheelFacts, travel: number): WheelAct | null {
    this.travel += travel;
    const steps = Math.trunc(this.travel / STEP_PX);
    if (steps === 0) return null;
    this.travel -= steps * STEP_PX;
    return { kind: event.shiftKey ? "z" : "t", steps: Math.sign(steps) };
  }
}

function looksLikeFinger(event: WheelFacts): boolean {
  if (event.deltaMode !== 0) return false;
  return event.deltaX !== 0 || Math.abs(event.deltaY) < FINGER_PX;
}

function pixels(delta: number, mode: number): number {
  if (mode === LINE) return delta * LINE_PX;
  return mode === PAGE ? delta * PAGE_PX : delta;
}

function zoom(dy: number, doubling: number): WheelAct | null {
  return dy === 0 ? null : { kind: "zoom", factor: 2 ** (-dy / doubling) };
}
