import { type PointerEvent, useEffect, useRef, useState } from "react";
import { visibleRect } from "../engine/camera";
import { clamp } from "../engine/geometry";
import type { Session } from "../state/session";
import { formatStyle } from "../state/urlCodec";
import type { View } from "../state/view";
import { useSignal } from "../useSignal";
import { w } from "../words";
import styles from "./Navigator.module.css";

/** CSS pixels that the map may take. */
const MAX_WIDTH = 148;
const MAX_HEIGHT = 112;
/** The map follows the rendering when it has rested. */
const REST_MS = 400;

/** The whole image with the part that is seen; drag it to go there. */
export function Navigator({ session }: { session: Session }) {
  const { facts } = session;
  const frame = useRef<HTMLDivElement>(null);
  const seen = useRef<HTMLDivElement>(null);
  const scale = Math.min(MAX_WIDTH / facts.width, MAX_HEIGHT / facts.height);
  const size = { width: facts.width * scale, height: facts.height * scale };
  const thumbnail = useThumbnail(session);

  useEffect(() => {
    const place = () => placeSeen(session, seen.current, scale);
    place();
    return session.onCamera(place);
  }, [session, scale]);

  const go = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons !== 1 || !frame.current) return;
    const box = frame.current.getBoundingClientRect();
    const camera = session.stage.value?.view.value.camera;
    if (!camera) return;
    const x = clamp((event.clientX - box.left) / scale, 0, facts.width);
    const y = clamp((event.clientY - box.top) / scale, 0, facts.height);
    session.stage.value?.setCamera({ ...camera, x, y });
  };

  return (
    // The camera moves by keys as well: this is a shortcut for the pointer, hidden from readers.
    <div
      ref={frame}
      className={styles.navigator}
      style={{ inlineSize: size.width, blockSize: size.height }}
      title={w("navigator.label")}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={go}
    >
      <img src={thumbnail} alt="" draggable={false} className={styles.picture} />
      <div ref={seen} className={styles.seen} />
    </div>
  );
}

function placeSeen(session: Session, element: HTMLDivElement | null, scale: number): void {
  const view = session.stage.value?.view.value;
  if (!view || !element) return;
  const { width, height } = view.image;
  const { x, y, ...size } = visibleRect(view.camera, view.viewport);
  const left = clamp(x, 0, width);
  const top = clamp(y, 0, height);
  const right = clamp(x + size.width, 0, width);
  const bottom = clamp(y + size.height, 0, height);
  // Half a pixel of the map is not seen: a fitted image counts as seen whole.
  const missing = Math.max(left, top, width - right, height - bottom);
  element.hidden = missing * scale < 0.5;
  element.style.translate = `${left * scale}px ${top * scale}px`;
  element.style.inlineSize = `${Math.max(4, (right - left) * scale)}px`;
  element.style.blockSize = `${Math.max(4, (bottom - top) * scale)}px`;
}

/** The thumbnail of the plane and rendering that has been rested on. */
function useThumbnail(session: Session): string {
  const wanted = useSignal(session.view, (view) => thumbnailOf(session, view));
  const [url, setUrl] = useState(wanted);
  useEffect(() => {
    const timer = window.setTimeout(() => setUrl(wanted), REST_MS);
    return () => window.clearTimeout(timer);
  }, [wanted]);
  return url;
}

function thumbnailOf({ facts, base }: Session, view: View): string {
  const style = formatStyle(view, base);
  const z = view.z === base.z ? "" : `&z=${view.z}`;
  const t = view.t === base.t ? "" : `&t=${view.t}`;
  return facts.thumbnailUrl + z + t + (style && `&${style}`);
}
