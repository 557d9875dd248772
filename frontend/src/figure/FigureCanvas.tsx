import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { classes } from "../ui/classes";
import { panelAddress } from "./addresses";
import { CropFrame } from "./CropFrame";
import styles from "./Figure.module.css";
import {
  barLength,
  type Crop,
  cropOf,
  type Figure,
  type Label,
  type Panel,
  type PanelImage,
  pictureBox,
  rounded,
} from "./model";
import { w } from "./words";

const POINT = 25.4 / 72;
const MARGIN = 1.5;
const CAPITAL = 0.73;
const DESCENT = 0.24;
const BAR_HEIGHT = 0.8;
const BAR_TEXT = 8 * POINT;
const FAMILY = "'Bitstream Vera Sans', 'DejaVu Sans', Verdana, sans-serif";

interface Props {
  figure: Figure;
  images: ReadonlyMap<number, PanelImage>;
  selected: string | null;
  onSelect(id: string | null): void;
  /** A panel that is being moved; `isDone` when the hand lets go. */
  onMove(id: string, x: number, y: number, isDone: boolean): void;
  onRemove(id: string): void;
  /** Whether a part of the selected panel is being chosen. */
  isCropping: boolean;
  /** The part was chosen; null when it was not after all. */
  onCrop(id: string, crop: Crop | null): void;
}

/** The page as it will be printed: panels can be selected and moved by mouse and by keyboard. */
export function FigureCanvas({
  figure,
  images,
  selected,
  onSelect,
  onMove,
  onRemove,
  isCropping,
  onCrop,
}: Props) {
  const { width, height, background } = figure.page;
  const sheet = useRef<SVGSVGElement>(null);
  const [scale, setScale] = useState(4);
  const grip = useRef<{ id: string; x: number; y: number; fromX: number; fromY: number } | null>(
    null,
  );
  useEffect(() => {
    const element = sheet.current;
    if (element === null) return undefined;
    const watcher = new ResizeObserver(() => setScale(element.clientWidth / width));
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [width]);
  const onPointerDown = (event: PointerEvent<SVGGElement>, panel: Panel): void => {
    if (event.button !== 0) return;
    onSelect(panel.id);
    if (event.pointerType === "touch") return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const { clientX: fromX, clientY: fromY } = event;
    grip.current = { id: panel.id, x: panel.x, y: panel.y, fromX, fromY };
  };
  const moved = (event: PointerEvent<SVGGElement>, isDone: boolean): void => {
    const from = grip.current;
    if (from === null) return;
    const [dx, dy] = [event.clientX - from.fromX, event.clientY - from.fromY];
    if (isDone) grip.current = null;
    if (Math.hypot(dx, dy) < 3 && !isDone) return;
    if (Math.hypot(dx, dy) < 3) return;
    // Whole millimetres: panels that are moved by hand line up.
    onMove(from.id, Math.round(from.x + dx / scale), Math.round(from.y + dy / scale), isDone);
  };
  const onKeyDown = (event: KeyboardEvent<SVGGElement>, panel: Panel): void => {
    const step = event.shiftKey ? 10 : 1;
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    const by = steps[event.key];
    if (by !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey)
      onMove(panel.id, rounded(panel.x + by[0]), rounded(panel.y + by[1]), true);
    else if (event.key === "Enter" || event.key === " ") onSelect(panel.id);
    else if (event.key === "Delete" || event.key === "Backspace") onRemove(panel.id);
    else if (event.key === "Escape") onSelect(null);
    else return;
    event.preventDefault();
  };
  const cropped = isCropping ? figure.panels.find(({ id }) => id === selected) : undefined;
  const croppedImage = cropped === undefined ? undefined : images.get(cropped.image);
  return (
    <svg
      ref={sheet}
      className={styles.sheet}
      viewBox={`0 0 ${String(width)} ${String(height)}`}
      style={{ aspectRatio: `${String(width)} / ${String(height)}` }}
      role="group"
      aria-label={w("figure.page", { width, height })}
    >
      <rect
        width={width}
        height={height}
        fill={`#${background}`}
        onPointerDown={() => onSelect(null)}
      />
      {figure.panels.map((panel, at) => {
        const image = images.get(panel.image);
        const name = image?.name ?? w("figure.missing", { number: panel.image });
        return (
          <g
            key={panel.id}
            id={`panel-${panel.id}`}
            className={classes(styles.panel, panel.id === selected && styles.chosen)}
            role="button"
            tabIndex={0}
            aria-pressed={panel.id === selected}
            aria-label={w("figure.panel", { number: at + 1, name })}
            onPointerDown={(event) => onPointerDown(event, panel)}
            onPointerMove={(event) => moved(event, false)}
            onPointerUp={(event) => moved(event, true)}
            onFocus={() => onSelect(panel.id)}
            onKeyDown={(event) => onKeyDown(event, panel)}
          >
            {image === undefined ? (
              <rect {...boxOf(panel)} className={styles.lost} />
            ) : (
              <PanelPicture panel={panel} image={image} scale={scale} />
            )}
            <rect {...boxOf(panel)} className={styles.frame} />
          </g>
        );
      })}
      <g className={styles.over}>
        {figure.panels.map((panel) => (
          <InsetFrame key={panel.id} panel={panel} figure={figure} images={images} />
        ))}
        {figure.panels.map((panel) => {
          const image = images.get(panel.image);
          return image === undefined ? null : (
            <Captions key={panel.id} panel={panel} image={image} />
          );
        })}
      </g>
      {cropped !== undefined && croppedImage !== undefined && (
        <CropFrame
          key={cropped.id}
          panel={cropped}
          image={croppedImage}
          pointOf={({ clientX, clientY }) => {
            const { left, top } = sheet.current?.getBoundingClientRect() ?? { left: 0, top: 0 };
            return { x: (clientX - left) / scale, y: (clientY - top) / scale };
          }}
          onCrop={(crop) => onCrop(cropped.id, crop)}
          onCancel={() => onCrop(cropped.id, null)}
        />
      )}
    </svg>
  );
}

function boxOf({ x, y, width, height }: Panel) {
  return { x, y, width, height };
}

function PanelPicture({ panel, image, scale }: { panel: Panel; image: PanelImage; scale: number }) {
  const box = pictureBox(panel, cropOf(panel, image));
  const wanted = box.width * scale * Math.min(2, window.devicePixelRatio);
  // A few sizes only, so that dragging a border does not ask for each one.
  const steps = 2 ** Math.ceil(Math.log2(Math.max(64, Math.min(2048, wanted))) - 0.5);
  return (
    <image
      {...box}
      href={panelAddress(panel, image, steps)}
      preserveAspectRatio="none"
      style={{ imageRendering: "auto" }}
    />
  );
}

function InsetFrame({
  panel,
  figure,
  images,
}: {
  panel: Panel;
  figure: Figure;
  images: ReadonlyMap<number, PanelImage>;
}) {
  const parent = figure.panels.find(({ id }) => id === panel.insetOf);
  const image = images.get(panel.image);
  if (parent === undefined || image === undefined || parent.image !== panel.image) return null;
  const whole = cropOf(parent, image);
  const part = cropOf(panel, image);
  const box = pictureBox(parent, whole);
  const scale = box.width / whole.width;
  const place = (x: number, y: number) => ({
    x: Math.min(box.x + box.width, Math.max(box.x, box.x + (x - whole.x) * scale)),
    y: Math.min(box.y + box.height, Math.max(box.y, box.y + (y - whole.y) * scale)),
  });
  const from = place(part.x, part.y);
  const to = place(part.x + part.width, part.y + part.height);
  const line = { fill: "none", stroke: `#${panel.insetColor}`, strokeWidth: POINT };
  return (
    <>
      <rect {...from} width={to.x - from.x} height={to.y - from.y} {...line} />
      <rect {...pictureBox(panel, part)} {...line} />
    </>
  );
}

function Captions({ panel, image }: { panel: Panel; image: PanelImage }) {
  const box = pictureBox(panel, cropOf(panel, image));
  const down: Partial<Record<Label["place"], number>> = {};
  const labels = panel.labels.map((label) => {
    const offset = down[label.place] ?? 0;
    down[label.place] = offset + label.size * POINT * 1.2;
    return { label, ...placeOf(label, box, offset) };
  });
  const bar = barLength(panel, image);
  return (
    <>
      {bar !== null && panel.bar !== null && <ScaleBar panel={panel} box={box} bar={bar} />}
      {labels.map(({ label, x, y, anchor }, at) => (
        <text
          // Labels have no identity of their own: their place in the list is it.
          // oxlint-disable-next-line react/no-array-index-key
          key={at}
          x={x}
          y={y}
          fontSize={label.size * POINT}
          fontFamily={FAMILY}
          fill={`#${label.color}`}
          textAnchor={anchor}
          {...(label.place === "left"
            ? { transform: `rotate(-90 ${String(x)} ${String(y)})` }
            : {})}
        >
          {label.text.replace("{name}", image.name)}
        </text>
      ))}
    </>
  );
}

function ScaleBar({
  panel,
  box,
  bar,
}: {
  panel: Panel;
  box: ReturnType<typeof pictureBox>;
  bar: { millimetres: number; label: string };
}) {
  const look = panel.bar;
  if (look === null) return null;
  const isTop = look.corner.startsWith("top");
  const x = look.corner.endsWith("left")
    ? box.x + MARGIN
    : box.x + box.width - MARGIN - bar.millimetres;
  const y = isTop ? box.y + MARGIN : box.y + box.height - MARGIN - BAR_HEIGHT;
  // Longer than its bar, the text ends where the bar does and not outside the panel.
  const isLong = bar.label.length * BAR_TEXT * 0.62 > bar.millimetres;
  const anchor = isLong ? (look.corner.endsWith("left") ? "start" : "end") : "middle";
  const at = { start: x, middle: x + bar.millimetres / 2, end: x + bar.millimetres }[anchor];
  const baseline = isTop ? y + BAR_HEIGHT + BAR_TEXT : y - BAR_TEXT * DESCENT;
  return (
    <>
      <rect x={x} y={y} width={bar.millimetres} height={BAR_HEIGHT} fill={`#${look.color}`} />
      {look.label && (
        <text
          x={at}
          y={baseline}
          fontSize={BAR_TEXT}
          fontFamily={FAMILY}
          fill={`#${look.color}`}
          textAnchor={anchor}
        >
          {bar.label}
        </text>
      )}
    </>
  );
}

/** Where a label's baseline begins: the same as on the printed page. */
function placeOf(label: Label, box: ReturnType<typeof pictureBox>, down: number) {
  const size = label.size * POINT;
  const middle = box.x + box.width / 2;
  const { place } = label;
  if (place === "above") return { x: middle, y: box.y - MARGIN - down, anchor: "middle" } as const;
  if (place === "below")
    return {
      x: middle,
      y: box.y + box.height + MARGIN + size * CAPITAL + down,
      anchor: "middle",
    } as const;
  if (place === "left")
    return { x: box.x - MARGIN - down, y: box.y + box.height / 2, anchor: "middle" } as const;
  if (place === "right")
    return {
      x: box.x + box.width + MARGIN,
      y: box.y + box.height / 2 + (size * CAPITAL) / 2 + down,
      anchor: "start",
    } as const;
  const anchor = place.endsWith("left") ? "start" : place.endsWith("right") ? "end" : "middle";
  const x = { start: box.x + MARGIN, end: box.x + box.width - MARGIN, middle }[anchor];
  const y = place.startsWith("top")
    ? box.y + MARGIN + size * CAPITAL + down
    : box.y + box.height - MARGIN - (size * DESCENT) / 2 - down;
  return { x, y, anchor } as const;
}
