import { IconButton, IconToggle } from "../../ui/Button";
import { runCommand } from "../../commands/registry";
import type { Session } from "../state/session";
import { useSignal } from "../useSignal";
import { w } from "../words";
import styles from "./ToolRail.module.css";

/** The tools, one above the other. */
export function ToolRail({ session }: { session: Session }) {
  const navigator = useSignal(session.view, (view) => view.navigator);
  const scaleBar = useSignal(session.view, (view) => view.scaleBar);
  const rois = useSignal(session.view, (view) => view.rois);
  return (
    <>
      <IconToggle icon="hand" label={w("tool.pan")} isSelected onChange={() => focusCanvas()} />
      <hr className={styles.line} />
      <CommandButton icon="plus" label={w("tool.zoomIn")} command="viewer.zoomIn" />
      <CommandButton icon="minus" label={w("tool.zoomOut")} command="viewer.zoomOut" />
      <CommandButton icon="fit" label={w("tool.fit")} command="viewer.fit" />
      <CommandButton icon="actual" label={w("tool.actual")} command="viewer.actual" />
      <hr className={styles.line} />
      <IconToggle
        icon="navigator"
        label={w("tool.navigator")}
        command="viewer.navigator"
        isSelected={navigator}
        onChange={(on) => session.change({ navigator: on })}
      />
      <IconToggle
        icon="ruler"
        label={w("tool.scaleBar")}
        command="viewer.scaleBar"
        isSelected={scaleBar}
        onChange={(on) => session.change({ scaleBar: on })}
      />
      <IconToggle
        icon="rois"
        label={w("tool.rois")}
        command="viewer.rois"
        isSelected={rois}
        onChange={() => runCommand("viewer.rois")}
      />
      <span className={styles.rest} />
      <CommandButton icon="question" label={w("tool.shortcuts")} command="shell.shortcuts" />
    </>
  );
}

type Tool = "plus" | "minus" | "fit" | "actual" | "question";

function CommandButton(props: { icon: Tool; label: string; command: string }) {
  return <IconButton {...props} onPress={() => runCommand(props.command)} />;
}

/** Puts the keyboard on the picture. */
export function focusCanvas(): void {
  document.querySelector<HTMLElement>("[data-viewer-canvas]")?.focus();
}
