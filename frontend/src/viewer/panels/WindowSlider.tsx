import { type PointerEvent, useMemo, useRef, lazy, Suspense } from "react";
import { Slider, SliderTrack } from "react-aria-components";
import type { Histogram } from "../state/contrast";
import { sliderRange } from "../state/sliderRange";
import type { Session } from "../state/session";
import { intensityText, number } from "../state/units";
import { useSignal } from "../useSignal";
import { w } from "../words";
import { Thumb } from "./Thumb";
import { useCancel } from "./useCancel";
import styles from "./WindowSlider.module.css";

interface Props {
  session: Session;
  index: number;
  log: boolean;
  color: string;
}

const HistogramPlot = lazy(() => import("./HistogramPlot"));

/** Black and white point over the histogram; the part between them moves both. */
export function WindowSlider({ session, index, log, color }: Props) {
  const facts = session.facts.channels[index];
  const channel = useSignal(session.view, (view) => view.channels[index]);
  const histogram = useSignal(session.histograms.state, (state) => state.histograms.get(index));
  const own = session.base.channels[index];
  const { integral } = session.facts;
  const start = channel?.start ?? 0;
  const end = channel?.end ?? 1;
  const range = useMemo(
    () => sliderRange(facts, own, { start, end }, integral),
    [facts, own, start, end, integral],
  );
  const drag = useCancel(session.cancelChange);
  if (!facts || !channel) return null;
  const label = facts.label;
  const set = (value: number | number[]): void => {
    const [low, high] = value as number[];
    if (drag.goesOn() && low !== undefined && high !== undefined)
      session.changeChannel(index, { start: low, end: high }, true);
  };

  return (
    <Slider
      className={styles.slider}
      aria-label={w("channels.window", { channel: label })}
      minValue={range.min}
      maxValue={range.max}
      step={range.step}
      value={[start, end]}
      onChange={set}
      onChangeEnd={() => drag.end() && session.rest()}
    >
      <SliderTrack className={styles.track}>
        {({ state }) => {
          const left = state.getThumbPercent(0);
          const right = state.getThumbPercent(1);
          return (
            <>
              <Suspense>
                <HistogramPlot
                  histogram={histogram}
                  range={range}
                  window={[left, right]}
                  log={log}
                  color={color}
                />
              </Suspense>
              <ShiftHandle
                session={session}
                index={index}
                range={range}
                left={left}
                right={right}
              />
              <Thumb
                index={0}
                className={styles.thumb}
                label={w("channels.black", { channel: label })}
                spoken={pointText(start, histogram)}
              />
              <Thumb
                index={1}
                className={styles.thumb}
                label={w("channels.white", { channel: label })}
                spoken={pointText(end, histogram)}
              />
            </>
          );
        }}
      </SliderTrack>
    </Slider>
  );
}

function pointText(value: number, histogram: Histogram | undefined): string {
  if (!histogram) return intensityText(value);
  return w("channels.pointText", {
    value: intensityText(value),
    percent: number(shareBelow(histogram, value) * 100, 3),
  });
}

function shareBelow({ min, max, counts }: Histogram, value: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const bins = max > min ? ((value - min) / (max - min)) * counts.length : 0;
  const below = counts.reduce(
    (sum, count, bin) => sum + count * Math.min(1, Math.max(0, bins - bin)),
    0,
  );
  return total > 0 ? below / total : 0;
}

/** Between the thumbs: moves black and white point together. */
function ShiftHandle({
  session,
  index,
  range,
  left,
  right,
}: {
  session: Session;
  index: number;
  range: { min: number; max: number; step: number };
  left: number;
  right: number;
}) {
  const drag = useCancel(session.cancelChange);
  const grip = useRef<{ x: number; start: number; end: number; scale: number } | null>(null);
  const down = (event: PointerEvent<HTMLDivElement>): void => {
    const channel = session.view.value.channels[index];
    const track = event.currentTarget.parentElement;
    if (!channel || !track || event.button !== 0) return;
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    const scale = (range.max - range.min) / track.getBoundingClientRect().width;
    grip.current = { x: event.clientX, start: channel.start, end: channel.end, scale };
  };
  const move = (event: PointerEvent<HTMLDivElement>): void => {
    const from = grip.current;
    if (!from || !drag.goesOn()) return;
    const wish = (event.clientX - from.x) * from.scale;
    const by = Math.min(range.max - from.end, Math.max(range.min - from.start, wish));
    const whole = Math.round(by / range.step) * range.step;
    session.changeChannel(index, { start: from.start + whole, end: from.end + whole }, true);
  };
  const up = (): void => {
    if (grip.current && drag.end()) session.rest();
    grip.current = null;
  };
  return (
    // The thumbs and number fields do the same by keyboard.
    <div
      role="presentation"
      className={styles.shift}
      style={{ insetInlineStart: `${left * 100}%`, inlineSize: `${(right - left) * 100}%` }}
      title={w("channels.shift")}
      onMouseDown={(event) => event.stopPropagation()}
      onTouchStart={(event) => event.stopPropagation()}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
    />
  );
}
