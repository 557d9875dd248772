import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import styles from "./Figure.module.css";
import { cropBetween, cropOf, type Crop, type Panel, type PanelImage, pictureBox } from "./model";
import type { Point } from "./model";
import { w } from "./words";

interface Props {
  panel: Panel;
  image: PanelImage;
  /** Where on the page something is that the mouse points at. */
  pointOf(event: PointerEvent): Point;
  onCrop(crop: Crop): void;
  onCancel(): void;
}

/** A rectangle on a panel that becomes what it shows: dragged by mouse, or set with the keys. */
export function CropFrame({ panel, image, pointOf, onCrop, onCancel }: Props) {
  const shown = cropOf(panel, image);
  const box = pictureBox(panel, shown);
  const [part, setPart] = useState(() => ({
    x: box.x + box.width / 4,
    y: box.y + box.height / 4,
    width: box.width / 2,
    height: box.height / 2,
  }));
  const from = useRef<Point | null>(null);
  const frame = useRef<SVGGElement>(null);
  useEffect(() => frame.current?.focus(), []);
  const cropped = (rectangle: Crop): Crop =>
    cropBetween(panel, image, rectangle, {
      x: rectangle.x + rectangle.width,
      y: rectangle.y + rectangle.height,
    });
  const between = (one: Point, other: Point): Crop =>
    inside(
      {
        x: Math.min(one.x, other.x),
        y: Math.min(one.y, other.y),
        width: Math.abs(other.x - one.x),
        height: Math.abs(other.y - one.y),
      },
      box,
    );
  const onPointerDown = (event: PointerEvent<SVGGElement>): void => {
    if (event.button !== 0) return;
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = pointOf(event);
  };
  const onPointerMove = (event: PointerEvent<SVGGElement>): void => {
    if (from.current !== null) setPart(between(from.current, pointOf(event)));
  };
  const onPointerUp = (event: PointerEvent<SVGGElement>): void => {
    const start = from.current;
    from.current = null;
    if (start === null) return;
    const drawn = between(start, pointOf(event));
    // A click is no rectangle.
    if (drawn.width >= 1 && drawn.height >= 1) onCrop(cropped(drawn));
  };
  const onKeyDown = (event: KeyboardEvent<SVGGElement>): void => {
    const step = Math.max(box.width, box.height) * (event.shiftKey ? 0.05 : 0.01);
    const [dx, dy] = [
      { ArrowLeft: -step, ArrowRight: step }[event.key] ?? 0,
      { ArrowUp: -step, ArrowDown: step }[event.key] ?? 0,
    ];
    if (dx !== 0 || dy !== 0) {
      setPart(
        event.altKey
          ? inside({ ...part, width: part.width + dx, height: part.height + dy }, box)
          : moved(part, dx, dy, box),
      );
    } else if (event.key === "Enter") onCrop(cropped(part));
    else if (event.key === "Escape") onCancel();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const { x, y, width, height } = cropped(part);
  return (
    <g
      ref={frame}
      className={styles.crop}
      role="application"
      // What is drawn by mouse is set with the arrow keys, so that it takes the focus.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label={w("crop.label", { x, y, width, height })}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onKeyDown={onKeyDown}
    >
      <path className={styles.cropRest} fillRule="evenodd" d={`${outline(box)} ${outline(part)}`} />
      <rect {...part} className={styles.cropPart} />
    </g>
  );
}

function outline({ x, y, width, height }: Crop): string {
  return `M${String(x)} ${String(y)}h${String(width)}v${String(height)}h${String(-width)}z`;
}

const LEAST = 0.5;

/** A rectangle cut to what lies in a box, and never nothing. */
function inside(one: Crop, box: Crop): Crop {
  const x = clamp(one.x, box.x, box.x + box.width - LEAST);
  const y = clamp(one.y, box.y, box.y + box.height - LEAST);
  return {
    x,
    y,
    width: clamp(one.x + one.width - x, LEAST, box.x + box.width - x),
    height: clamp(one.y + one.height - y, LEAST, box.y + box.height - y),
  };
}

function moved(one: Crop, dx: number, dy: number, box: Crop): Crop {
  return {
    ...one,
    x: clamp(one.x + dx, box.x, box.x + box.width - one.width),
    y: clamp(one.y + dy, box.y, box.y + box.height - one.height),
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
