import "./commands";
import { lazy, Suspense, useEffect, useState } from "react";
import { t } from "../i18n";
import { usePerson } from "../session/session";
import { IconButton } from "../ui/Button";
import styles from "./ImportHost.module.css";
import { dropped } from "./picking";
import { hasLeftUploads, useImporting } from "./state";

const Panels = lazy(async () => ({ default: (await import("./ImportPanels")).ImportPanels }));

/** Takes files that are dropped anywhere, and shows the dialog and the tray when they are open. */
export function ImportHost() {
  const person = usePerson();
  const isOver = useDrop();
  const isOpen = useImporting((state) => state.isChoosing || state.isTrayOpen || state.working > 0);
  const [wasLeft] = useState(hasLeftUploads);
  return (
    <>
      {isOver && (
        <div className={styles.drop} aria-hidden="true">
          {t("import.drop")}
        </div>
      )}
      {person !== null && (isOpen || wasLeft) && (
        <Suspense fallback={null}>
          <Panels person={person.userName} />
        </Suspense>
      )}
    </>
  );
}

/** The buttons of the top bar: bring images in, and see what is on its way. */
export function ImportButtons() {
  const { choose, toggleTray, working, isTrayOpen } = useImporting();
  const label = working === 0 ? t("command.jobs") : t("import.working", { count: working });
  return (
    <>
      <IconButton
        icon="upload"
        label={t("command.import")}
        command="import.choose"
        className={styles.import}
        onPress={choose}
      />
      <span className={styles.jobs}>
        <IconButton
          icon="jobs"
          label={label}
          command="import.tray"
          aria-expanded={isTrayOpen}
          onPress={toggleTray}
        />
        {working > 0 && (
          <span className={styles.count} aria-hidden="true">
            {working}
          </span>
        )}
      </span>
    </>
  );
}

/** Whether files hover over the page; dropped ones are picked. */
function useDrop(): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const holds = (event: DragEvent): boolean =>
      event.dataTransfer?.types.includes("Files") ?? false;
    const onOver = (event: DragEvent): void => {
      if (!holds(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      if (!holds(event) || event.dataTransfer === null) return;
      event.preventDefault();
      setOver(false);
      void dropped(event.dataTransfer).then(useImporting.getState().pick);
    };
    window.addEventListener("dragover", onOver);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("drop", onDrop);
    };
  }, []);
  return isOver;
}
