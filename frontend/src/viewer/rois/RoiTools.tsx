import { ToggleButton } from "react-aria-components";
import { WithTooltip } from "../../ui/Button";
import type { Session } from "../state/session";
import { useSignal } from "../useSignal";
import styles from "./Rois.module.css";
import type { Tool } from "./tools";
import { r, type RoiWord } from "./words";

/** Outlines on a 20 × 20 grid, as the icons of the interface are. */
const SHAPES: Record<Tool, string> = {
  select: "m5 3 10 7-4.500 1 2.500 5-2 1-2.500-5L5 15z",
  rectangle: "M3.500 5h13v10h-13z",
  ellipse: "M10 4.500c4 0 7 2.400 7 5.500s-3 5.500-7 5.500-7-2.400-7-5.500 3-5.500 7-5.500Z",
  polygon: "m10 3.500 6.500 5-2.500 7.500H6L3.500 8.500z",
  freehand: "M4 12c-1-5 4-9 8-7s6 6 3 9-5-1-7 1-3.500 0-4-3Z",
  line: "M4 16 16 4",
  arrow: "M4 16 16 4M9.500 4H16v6.500",
  polyline: "m3.500 14 4-8 4.500 6 4.500-8",
  point: "M10 4v12M4 10h12",
  label: "M4.500 6V4.500h11V6M10 4.500v11M7.500 15.500h5",
  brush:
    "M16.500 3.500 9 11M9 11c-2-1-4 .500-4 2.500 0 1.500-1 2-1.500 2 3 1.500 7 .500 7-2.500 0-.800-.500-1.500-1.500-2Z",
};

const HINTS: Record<Tool, RoiWord | null> = {
  select: null,
  rectangle: "hint.drag",
  ellipse: "hint.drag",
  polygon: "hint.corners",
  freehand: "hint.free",
  line: "hint.line",
  arrow: "hint.line",
  polyline: "hint.corners",
  point: "hint.click",
  label: "hint.click",
  brush: "hint.brush",
};

/** The drawing tools in a row, and what the chosen one waits for. */
export function RoiTools({ session, mayDraw }: { session: Session; mayDraw: boolean }) {
  const tool = useSignal(session.tool) as Tool;
  const hint = HINTS[tool];
  return (
    <div className={styles.tools}>
      <div role="toolbar" aria-label={r("tools.label")} className={styles.toolRow}>
        {(Object.keys(SHAPES) as Tool[]).map((each) => (
          <WithTooltip key={each} label={r(`tool.${each}`)} command={`viewer.tool.${each}`}>
            <ToggleButton
              className={styles.tool}
              aria-label={r(`tool.${each}`)}
              isDisabled={!mayDraw && each !== "select"}
              isSelected={tool === each}
              onChange={() => session.tool.set(each)}
            >
              <svg width="18" height="18" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
                <path d={SHAPES[each]} />
              </svg>
            </ToggleButton>
          </WithTooltip>
        ))}
      </div>
      <p className={styles.hint} aria-live="polite">
        {mayDraw ? hint && r(hint) : r("hint.reading", { why: r("hint.notYours") })}
      </p>
    </div>
  );
}
