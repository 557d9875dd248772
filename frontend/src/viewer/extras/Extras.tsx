import "./commands";
import { useEffect } from "react";
import { navigate } from "wouter/use-browser-location";
import { useCommandHandlers } from "../../commands/registry";
import { focusCanvas } from "../panels/ToolRail";
import type { Session } from "../state/session";
import type { Quarter } from "../state/turn";
import { useSignal } from "../useSignal";
import { TOOLS } from "./commands";
import { followCursor } from "./exactValues";
import styles from "./Extras.module.css";
import { copy, paste, resetTo, save } from "./saving";

/** How long it is said what a key has done. */
const SAID_MS = 4000;

/** The viewer's further commands, and what is said about what they did. */
export function Extras({
  session,
  imageId,
  next,
}: {
  session: Session;
  imageId: string;
  /** Number of the image beside this one, which is the first to compare with. */
  next: string | null;
}) {
  const said = useSignal(session.said);
  useEffect(() => {
    if (said === "") return undefined;
    const timer = window.setTimeout(() => session.said.set(""), SAID_MS);
    return () => window.clearTimeout(timer);
  }, [said, session]);
  useEffect(() => followCursor(session), [session]);
  const turn = (by: number) => () => {
    const { rotation } = session.view.value;
    session.change({ rotation: ((rotation + by + 360) % 360) as Quarter });
  };
  const { sizeZ, sizeT } = session.facts;
  const handlers: Record<string, () => void> = {
    "viewer.hideRois": () => session.change({ rois: !session.view.value.rois }),
    "viewer.save": () => void save(session, imageId),
    "viewer.copyRendering": () => copy(session),
    "viewer.pasteRendering": () => paste(session),
    "viewer.resetToOwner": () => void resetTo(session, imageId, "OWNER"),
    "viewer.resetToDefault": () => void resetTo(session, imageId, "DEFAULT"),
    "viewer.turnRight": turn(90),
    "viewer.turnLeft": turn(-90),
    "viewer.flip": () => session.change({ flipped: !session.view.value.flipped }),
    "viewer.split": () => session.change({ split: !session.view.value.split }),
    "viewer.compare": () => navigate(`/compare?i=${[imageId, next].filter(Boolean).join(",")}`),
  };
  if (sizeZ > 1 || sizeT > 1)
    handlers["viewer.projection"] = () => {
      const isOn = session.view.value.projection !== "";
      session.change({ projection: isOn ? "" : sizeZ > 1 ? "max" : "tmax" });
    };
  for (const tool of Object.keys(TOOLS))
    handlers[`viewer.tool.${tool}`] = () => {
      session.tool.set(tool);
      session.change({ rois: true, tab: "rois" });
      focusCanvas();
    };
  useCommandHandlers(handlers);
  return (
    <output className={styles.said} aria-live="polite">
      {said}
    </output>
  );
}

export default Extras;
