import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";
import { type Rows, type RowWindow, rowWindow, scrollTopFor } from "./rowWindow";

interface Viewport {
  width: number;
  height: number;
  top: number;
}

/** A scroll container's size and position; drawn again only when another row comes into view. */
export function useRowWindow(
  ref: RefObject<HTMLElement | null>,
  rowsFor: (width: number) => Rows,
  overscan: number,
): RowWindow & { width: number; reveal(row: number): void } {
  const [viewport, setViewport] = useState<Viewport>({ width: 0, height: 0, top: 0 });
  const rows = rowsFor(viewport.width);
  const latest = useRef({ rows, overscan });
  useLayoutEffect(() => {
    latest.current = { rows, overscan };
  });

  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const read = (): void => {
      const next = {
        width: element.clientWidth,
        height: element.clientHeight,
        top: element.scrollTop,
      };
      setViewport((last) => (isSame(last, next, latest.current) ? last : next));
    };
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener("scroll", read, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", read);
    };
  }, [ref]);

  const reveal = useCallback(
    (row: number) => {
      const element = ref.current;
      if (element === null) return;
      element.scrollTop = scrollTopFor(
        latest.current.rows,
        row,
        element.scrollTop,
        element.clientHeight,
      );
    },
    [ref],
  );
  const drawn = rowWindow(rows, viewport.top, viewport.height, overscan);
  return { ...drawn, width: viewport.width, reveal };
}

function isSame(
  last: Viewport,
  next: Viewport,
  { rows, overscan }: { rows: Rows; overscan: number },
) {
  if (last.width !== next.width || last.height !== next.height) return false;
  if (last.top === next.top) return true;
  const one = rowWindow(rows, last.top, last.height, overscan);
  const other = rowWindow(rows, next.top, next.height, overscan);
  return one.start === other.start && one.end === other.end && one.offset === other.offset;
}
