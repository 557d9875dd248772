import { AppShell } from "./AppShell";
import styles from "./AppShell.module.css";

/** The frame of the application while a screen's code is on its way. */
export function WaitingPage({ title }: { title: string }) {
  return (
    <AppShell screen="waiting" title={title}>
      <p className={styles.waiting} role="status">
        {title}
      </p>
    </AppShell>
  );
}
