import { lazy, Suspense, useEffect, useRef } from "react";
import { Gestures } from "../engine/gestures";
import type { Session } from "../state/session";
import { turnStyle } from "../state/turn";
import { useSignal } from "../useSignal";
import { w } from "../words";
import styles from "./CanvasArea.module.css";
import { Readout } from "./Readout";

const Overlays = lazy(() => import("./Overlays"));
const RoiLayer = lazy(() => import("../rois/RoiLayer"));

/** The picture with what lies on it. */
export function CanvasArea({ session }: { session: Session }) {
  const { facts } = session;
  const canvas = useRef<HTMLCanvasElement>(null);
  const rois = useSignal(session.view, (view) => view.rois);
  const rotation = useSignal(session.view, (view) => view.rotation);
  const flipped = useSignal(session.view, (view) => view.flipped);
  const exact = useSignal(session.exact);
  const failed = useSignal(session.error, (error) => error !== null);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const unmount = session.mount(element);
    const gestures = new Gestures(element, {
      grab: () => session.stage.value?.grab(),
      pan: (dx, dy) => session.stage.value?.pan(dx, dy),
      throw: (velocity) => {
        const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
        if (!still) session.stage.value?.throw(velocity);
      },
      zoomBy: (factor, anchor) => session.stage.value?.zoomBy(factor, anchor),
      step: (axis, steps) => session.step(axis, steps),
      hover: (point) => session.hover(point),
    });
    return () => {
      gestures.dispose();
      unmount();
    };
  }, [session]);

  return (
    <div className={styles.area} data-surround={facts.photograph ? "light" : undefined}>
      {/* The role says that keys go to the image, not to a reader's browse mode. */}
      <div
        role="application"
        aria-busy={!exact && !failed}
        aria-roledescription={w("canvas.role")}
        aria-label={w("canvas.label", {
          name: facts.name,
          width: facts.width,
          height: facts.height,
        })}
        className={styles.frame}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- an application hears keys
        tabIndex={0}
        data-region-focus=""
        data-viewer-canvas=""
      >
        <div
          className={styles.turned}
          data-quarter={rotation % 180 === 0 ? undefined : ""}
          style={{ transform: turnStyle({ rotation, flipped }) }}
        >
          <canvas ref={canvas} className={styles.canvas} />
          {rois && (
            <Suspense>
              <RoiLayer session={session} />
            </Suspense>
          )}
        </div>
      </div>
      <Readout session={session} />
      <Suspense>
        <Overlays session={session} />
      </Suspense>
    </div>
  );
}
