import { useEffect, useState } from "react";
import type { Session } from "../state/session";
import { shownChannels } from "../state/view";
import { w } from "../words";
import styles from "./CanvasArea.module.css";

/** Said at most this often, and only what has come to rest. */
const REST_MS = 1000;

/** Tells a screen reader, politely, what the picture shows now. */
export function LiveSummary({ session }: { session: Session }) {
  const [text, setText] = useState("");
  useEffect(() => {
    let timer = 0;
    const later = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => setText(summaryOf(session)), REST_MS);
    };
    later();
    const stop = [session.view.subscribe(later), session.zoom.subscribe(later)];
    return () => {
      window.clearTimeout(timer);
      for (const each of stop) each();
    };
  }, [session]);
  return (
    <output className={styles.hidden} aria-live="polite">
      {text}
    </output>
  );
}

export function summaryOf(session: Session): string {
  const { facts } = session;
  const view = session.view.value;
  const camera = session.stage.value?.view.value.camera;
  const names = shownChannels(view).map((index) => facts.channels[index]?.label ?? "");
  return w("canvas.summary", {
    name: facts.name,
    zoom: Math.round((camera?.zoom ?? 1) * 100),
    x: Math.round(camera?.x ?? facts.width / 2),
    y: Math.round(camera?.y ?? facts.height / 2),
    z: view.z + 1,
    sizeZ: facts.sizeZ,
    t: view.t + 1,
    sizeT: facts.sizeT,
    channels: names.join(", ") || w("canvas.noChannels"),
  });
}
