import { useState } from "react";
import { runCommand, useCommandHandlers } from "../commands/registry";
import { IconButton } from "../ui/Button";
import { ChannelChips } from "./panels/ChannelChips";
import type { Session } from "./state/session";
import { w } from "./words";
import styles from "./ViewerPage.module.css";

/** Where there is no room for the rail. Zooming is by pinch; these are its other way. */
export function FloatingTools() {
  return (
    <div className={styles.floating} role="toolbar" aria-label={w("tool.rail")}>
      <IconButton
        icon="minus"
        label={w("tool.zoomOut")}
        onPress={() => runCommand("viewer.zoomOut")}
      />
      <IconButton
        icon="plus"
        label={w("tool.zoomIn")}
        onPress={() => runCommand("viewer.zoomIn")}
      />
      <IconButton icon="fit" label={w("tool.fit")} onPress={() => runCommand("viewer.fit")} />
    </div>
  );
}

/** Lies over the picture's side and leaves the rest as it is: its effect is to be seen. */
export function SidePanel({ children }: { children: React.ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  useCommandHandlers({ "shell.inspector": () => setOpen(!isOpen) });
  if (!isOpen)
    return (
      <div className={styles.floating}>
        <IconButton
          icon="inspector"
          label={w("panel.sheetOpen")}
          command="shell.inspector"
          onPress={() => setOpen(true)}
        />
      </div>
    );
  return (
    <aside
      className={styles.side}
      aria-label={w("panel.label")}
      data-region=""
      data-viewer-panel=""
    >
      <div className={styles.close}>
        <IconButton icon="close" label={w("panel.sheetClose")} onPress={() => setOpen(false)} />
      </div>
      {children}
    </aside>
  );
}

/** Below the picture on narrow screens; its handle opens it, closed it shows the channels. */
export function BottomSheet({
  children,
  session,
}: {
  children: React.ReactNode;
  session: Session;
}) {
  const [isOpen, setOpen] = useState(false);
  useCommandHandlers({ "shell.inspector": () => setOpen(!isOpen) });
  return (
    <aside
      className={styles.sheet}
      data-closed={isOpen ? undefined : ""}
      aria-label={w("panel.label")}
      data-region=""
      data-viewer-panel=""
    >
      <button
        type="button"
        className={styles.handle}
        aria-expanded={isOpen}
        aria-label={w(isOpen ? "panel.sheetClose" : "panel.sheetOpen")}
        onClick={() => setOpen(!isOpen)}
      />
      {isOpen ? children : <ChannelChips session={session} />}
    </aside>
  );
}
