import { useEffect, useState } from "react";
import { t } from "../i18n";
import { Button, IconButton } from "./Button";
import { classes } from "./classes";
import styles from "./Toasts.module.css";
import { type Toast, useToasts } from "./toasts";

const STAY_MS = 10_000;

/** Where short messages appear. Pointing at them, or having the focus in them, makes them stay. */
export function Toasts() {
  const shown = useToasts((state) => state.shown);
  const [isHeld, setHeld] = useState(false);
  return (
    // Pointing at it only makes it wait.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      className={styles.toasts}
      role="status"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {shown.map((each) => (
        <OneToast key={each.id} toast={each} isHeld={isHeld} />
      ))}
    </div>
  );
}

function OneToast({ toast, isHeld }: { toast: Toast; isHeld: boolean }) {
  const close = useToasts((state) => state.close);
  useEffect(() => {
    // What failed stays until it is read.
    if (isHeld || toast.isError) return undefined;
    const timer = window.setTimeout(() => close(toast.id), STAY_MS);
    return () => window.clearTimeout(timer);
  }, [toast, isHeld, close]);
  const { action } = toast;
  return (
    <div className={classes(styles.toast, toast.isError && styles.error)}>
      <p className={styles.text}>
        {toast.text}
        {toast.detail !== undefined && toast.detail !== "" && (
          <span className={styles.detail}>{toast.detail}</span>
        )}
      </p>
      {action !== undefined && (
        <Button
          look="outline"
          onPress={() => {
            close(toast.id);
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton icon="close" label={t("action.close")} onPress={() => close(toast.id)} />
    </div>
  );
}
