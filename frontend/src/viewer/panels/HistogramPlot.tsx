import { useId, useMemo } from "react";
import type { Histogram } from "../state/contrast";
import { histogramPath } from "../state/histogramPath";
import styles from "./WindowSlider.module.css";

/** The curve of a histogram, full inside the window and faint outside. */
export function HistogramPlot({
  histogram,
  range,
  window: [left, right],
  log,
  color,
}: {
  histogram: Histogram | undefined;
  range: { min: number; max: number };
  /** Black and white point as shares (0–1) of the width. */
  window: readonly [number, number];
  log: boolean;
  color: string;
}) {
  const clip = useId();
  const path = useMemo(
    () => (histogram ? histogramPath(histogram, range.min, range.max, log) : ""),
    [histogram, range.min, range.max, log],
  );
  return (
    <svg
      className={styles.plot}
      viewBox="0 0 100 100"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <clipPath id={clip}>
        <rect x={left * 100} y="0" width={Math.max(0, right - left) * 100} height="100" />
      </clipPath>
      <path d={path} className={styles.faint} />
      <path
        d={path}
        className={styles.full}
        clipPath={`url(#${clip})`}
        style={{ fill: color, stroke: color }}
      />
      <path d="M0 100H100" className={styles.ground} />
    </svg>
  );
}

export default HistogramPlot;
