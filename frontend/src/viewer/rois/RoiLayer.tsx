import "./commands";
import { useEffect, useMemo, useRef } from "react";
import { useCommandHandlers } from "../../commands/registry";
import { visibleRect } from "../engine/camera";
import type { Point } from "../engine/geometry";
import type { Session } from "../state/session";
import { shifted } from "./editing";
import { ShapePainter } from "./draw";
import styles from "./Rois.module.css";
import { type Rois, roisOf } from "./rois";
import type { Shape } from "./shape";
import { Hands } from "./tools";
import { useSignal } from "../useSignal";

/** The regions over the picture: one canvas, however many shapes there are. */
export function RoiLayer({ session }: { session: Session }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const rois = roisOf(session);
  const hands = useMemo(() => new Hands(rois), [rois]);
  const tool = useSignal(session.tool);
  useRoiCommands(rois);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const view = new LayerView(element, rois);
    return () => view.dispose();
  }, [rois]);

  useEffect(() => {
    const frame = canvas.current?.closest<HTMLElement>("[data-viewer-canvas]");
    return frame ? listen(frame, rois, hands) : undefined;
  }, [rois, hands]);

  useEffect(() => {
    const leaving = (event: BeforeUnloadEvent): void => {
      if (rois.saver.state.value.waiting > 0) event.preventDefault();
    };
    window.addEventListener("beforeunload", leaving);
    return () => window.removeEventListener("beforeunload", leaving);
  }, [rois]);

  return (
    <canvas
      ref={canvas}
      className={styles.layer}
      data-tool={tool}
      data-roi-layer=""
      aria-hidden="true"
    />
  );
}

export default RoiLayer;

/** Draws when something changed, once a frame. */
class LayerView {
  private readonly canvas: HTMLCanvasElement;
  private readonly rois: Rois;
  private readonly painter: ShapePainter;
  private readonly stop: (() => void)[];
  private frame = 0;

  constructor(canvas: HTMLCanvasElement, rois: Rois) {
    this.canvas = canvas;
    this.rois = rois;
    this.painter = new ShapePainter(canvas);
    const { session } = rois;
    const later = (): void => this.later();
    this.stop = [
      session.onCamera(later),
      session.view.subscribe(later),
      rois.revision.subscribe(later),
      rois.selection.subscribe(later),
      rois.draft.subscribe(later),
      rois.moving.subscribe(later),
    ];
    this.later();
  }

  dispose(): void {
    for (const each of this.stop) each();
    cancelAnimationFrame(this.frame);
    this.frame = -1;
  }

  private later(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  private paint(): void {
    const { rois, canvas } = this;
    const seen = rois.session.stage.value?.view.value;
    if (!seen || seen.viewport.width <= 1) return;
    const { camera, viewport } = seen;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const width = Math.round(viewport.width * ratio);
    const height = Math.round(viewport.height * ratio);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const start = performance.now();
    const { shapes, chosen } = this.shapes(visibleRect(camera, viewport));
    const drawn = this.painter.paint(shapes, chosen, { camera, viewport, ratio });
    performance.measure("rois.paint", { start });
    Object.assign(canvas.dataset, {
      shapes: String(drawn.shapes),
      dots: String(drawn.dots),
      lines: String(drawn.lines),
      paths: String(drawn.paths),
    });
  }

  /** What is seen, with what a hand is doing to it. */
  private shapes(area: ReturnType<typeof visibleRect>) {
    const { rois } = this;
    const draft = rois.draft.value;
    const moving = rois.moving.value;
    const chosen = new Set(rois.selection.value);
    let shapes: Shape[] = rois.visible(area);
    if (moving)
      shapes = shapes.map((shape) =>
        moving.keys.has(shape.key) ? shifted(shape, moving.dx, moving.dy) : shape,
      );
    if (draft) {
      shapes = shapes.filter(({ key }) => key !== draft.key);
      shapes.push(draft);
      chosen.add(draft.key);
    }
    return { shapes, chosen };
  }
}

function take(event: Event): void {
  event.stopPropagation();
  event.preventDefault();
}

/** Hears the hand before the picture does, and lets through what is not about shapes. */
function listen(frame: HTMLElement, rois: Rois, hands: Hands): () => void {
  const { session } = rois;
  const stopped = new AbortController();
  const options = { signal: stopped.signal, capture: true };
  let pointer: number | null = null;
  let isSpace = false;
  const handOf = (event: MouseEvent) => {
    const at: Point = { x: event.offsetX, y: event.offsetY };
    const point = session.stage.value?.imagePoint(at) ?? at;
    return { point, shift: event.shiftKey, alt: event.altKey };
  };
  frame.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0 || isSpace || pointer !== null || !event.isPrimary) return;
      const isDrawing = session.tool.value !== "select";
      if (isDrawing && !rois.feed.mayDraw) return;
      // A field that is being typed in is done before its shape is not chosen any more.
      if (document.activeElement instanceof HTMLInputElement) document.activeElement.blur();
      if (!hands.down(handOf(event))) {
        if (!event.shiftKey) rois.selection.set([]);
        return;
      }
      take(event);
      frame.focus({ preventScroll: true });
      pointer = event.pointerId;
      (event.target as Element).setPointerCapture(pointer);
    },
    options,
  );
  frame.addEventListener(
    "pointermove",
    (event) => {
      if (pointer !== null && event.pointerId !== pointer) return;
      if (event.buttons === 1 && pointer === null) return;
      if (hands.move(handOf(event))) event.stopPropagation();
      else if (event.buttons === 0 && session.tool.value === "select")
        frame.toggleAttribute("data-over-shape", hands.at(handOf(event).point) !== null);
    },
    options,
  );
  const lift = (event: PointerEvent): void => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    event.stopPropagation();
    if (event.type === "pointerup") hands.up(handOf(event));
    else hands.cancel();
  };
  frame.addEventListener("pointerup", lift, options);
  frame.addEventListener("pointercancel", lift, options);
  frame.addEventListener(
    "dblclick",
    (event) => {
      if (hands.doubleClick(handOf(event).point) || session.tool.value !== "select") take(event);
    },
    options,
  );
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.key === " ") isSpace = true;
      if (!isOnPicture(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (heard(event, rois, hands)) take(event);
    },
    options,
  );
  window.addEventListener(
    "keyup",
    (event) => {
      if (event.key === " ") isSpace = false;
    },
    options,
  );
  return () => stopped.abort();
}

/** Keys go to shapes from the picture and from the list, not while somebody types. */
function isOnPicture(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target === document.body || target.closest("[data-viewer-canvas]") !== null;
}

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Whether a key was about shapes. */
function heard(event: KeyboardEvent, rois: Rois, hands: Hands): boolean {
  const arrow = ARROWS[event.key];
  if (arrow && rois.selection.value.length > 0) {
    const by = event.shiftKey ? 10 : 1;
    rois.changeChosen((shape) => shifted(shape, by * arrow[0], by * arrow[1]));
    return true;
  }
  if (event.key === "Enter") {
    if (rois.feed.mayDraw && hands.complete()) return true;
    const isChosen = rois.selection.value.length === 1;
    if (isChosen) focusText();
    return isChosen;
  }
  if (event.key === "Backspace") return hands.back();
  return event.key === "Escape" && hands.cancel();
}

/** Puts the keyboard on the text of the chosen shape. */
export function focusText(): void {
  document.querySelector<HTMLElement>("[data-roi-text]")?.focus();
}

/** Puts the keyboard on the name of the chosen shape's region. */
export function focusName(): void {
  document.querySelector<HTMLElement>("[data-roi-name]")?.focus();
}

function useRoiCommands(rois: Rois): void {
  const step = (by: number) => () => {
    const { z, t } = rois.session.view.value;
    const all = [...rois.all()].filter(
      (shape) => (shape.z === null || shape.z === z) && (shape.t === null || shape.t === t),
    );
    const at = all.findIndex(({ key }) => key === rois.selection.value.at(-1));
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length];
    if (next) rois.goTo(next.key);
  };
  useCommandHandlers({
    "rois.next": step(1),
    "rois.previous": step(-1),
    "rois.delete": () => rois.deleteChosen(),
    "rois.copy": () => rois.copyChosen(),
    "rois.paste": () => rois.paste(),
    "rois.duplicate": () => {
      rois.copyChosen();
      rois.paste();
    },
    "rois.all": () => {
      const { z, t } = rois.session.view.value;
      const all = [...rois.all()].filter(
        (shape) => (shape.z === null || shape.z === z) && (shape.t === null || shape.t === t),
      );
      rois.selection.set(all.map(({ key }) => key));
    },
    "rois.name": focusText,
  });
}
