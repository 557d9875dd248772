import { Button } from "../ui/Button";
import { Drawer } from "../ui/Overlay";
import { BatchCard } from "./BatchCard";
import styles from "./Importing.module.css";
import { JobList } from "./JobList";
import type { UploadQueue } from "./queue";
import { useImporting } from "./state";
import { w } from "./words";

/** What is on its way from this browser, and what the server does in the background. */
export function JobTray({ queue }: { queue: UploadQueue }) {
  const { closeTray, choose } = useImporting();
  return (
    <Drawer title={w("tray.title")} side="end" isOpen onClose={closeTray}>
      <div className={styles.tray}>
        <section aria-label={w("tray.uploads")}>
          <div className={styles.heading}>
            <h3>{w("tray.uploads")}</h3>
            <Button look="outline" icon="upload" onPress={choose}>
              {w("tray.import")}
            </Button>
          </div>
          {queue.batches.length === 0 && <p className={styles.note}>{w("tray.noUploads")}</p>}
          {queue.batches.toReversed().map((batch) => (
            <BatchCard key={batch.id} queue={queue} batch={batch} />
          ))}
        </section>
        <section aria-label={w("tray.jobs")}>
          <h3>{w("tray.jobs")}</h3>
          <JobList />
        </section>
      </div>
    </Drawer>
  );
}
