import { Link } from "wouter";
import { numberOf } from "../browse/ids";
import { Button } from "../ui/Button";
import { Icon, type IconName } from "../ui/Icon";
import styles from "./Importing.module.css";
import type { Batch, FileState, QueuedFile } from "./model";
import type { UploadQueue } from "./queue";
import { percentText, sizeText } from "./sizes";
import { useImporting } from "./state";
import { w } from "./words";

const ICONS: Partial<Record<FileState, IconName>> = {
  sending: "arrowUp",
  sent: "check",
  known: "link",
  problem: "warning",
  missing: "question",
};

/** One file of a batch: its stage, and its problem with what to do about it. */
export function FileRow({
  queue,
  batch,
  file,
}: {
  queue: UploadQueue;
  batch: Batch;
  file: QueuedFile;
}) {
  const closeTray = useImporting((state) => state.closeTray);
  const { path, state, size, problem, known } = file;
  const image = state === "known" ? (known?.image ?? null) : null;
  return (
    <li className={styles.file}>
      <span className={styles.mark}>
        <Icon name={ICONS[state] ?? "minus"} />
      </span>
      <span className={styles.path} title={path.slice(0, 1000)}>
        <bdi>{path.slice(0, 300)}</bdi>
      </span>
      <span className={styles.stage}>
        {stageText(batch, file)} · {sizeText(size)}
      </span>
      {problem !== null && (
        <p className={styles.problem}>
          {[problem.message, problem.remedy, state === "problem" ? null : w("file.trying")]
            .filter(Boolean)
            .join(" ")}
        </p>
      )}
      {image !== null && (
        <p className={styles.links}>
          <Link href={`/i/${numberOf(image.id)}`} onClick={closeTray}>
            {w("file.openKnown", { name: image.name })}
          </Link>
        </p>
      )}
      {state === "known" && file.source !== null && batch.state !== "importing" && (
        <Button onPress={() => queue.sendAnyway(batch, file)}>{w("file.again")}</Button>
      )}
    </li>
  );
}

function stageText(batch: Batch, { state, done, size }: QueuedFile): string {
  if (state === "hashing" || state === "sending") {
    return w(`file.${state}`, { percent: percentText(done, size) });
  }
  return w(state === "sent" && batch.state === "done" ? "file.imported" : `file.${state}`);
}
