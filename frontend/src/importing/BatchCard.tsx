import { Link } from "wouter";
import { numberOf } from "../browse/ids";
import { Button } from "../ui/Button";
import styles from "./Importing.module.css";
import { FileRow } from "./FileRow";
import type { Batch } from "./model";
import type { UploadQueue } from "./queue";
import { percentText, sizeText } from "./sizes";
import { useImporting } from "./state";
import { w } from "./words";

const ROWS = 100;
const FIRST = ["problem", "missing", "sending", "hashing", "known", "waiting", "sent"];

/** One batch on its way: how far it is, its files, and what can be done about it. */
export function BatchCard({ queue, batch }: { queue: UploadQueue; batch: Batch }) {
  const { title, state, target, files } = batch;
  const { done, size } = progressOf(batch);
  const sorted = files
    .slice(0, 10_000)
    .toSorted((one, other) => FIRST.indexOf(one.state) - FIRST.indexOf(other.state));
  return (
    <article className={styles.card} aria-label={title}>
      <h4 className={styles.title}>
        <bdi>{title.slice(0, 300)}</bdi> <span className={styles.note}>{intoText(target)}</span>
      </h4>
      <p role="status" className={state === "failed" || state === "held" ? styles.problem : ""}>
        {stateText(batch)}
      </p>
      {batch.problem !== null && (
        <p className={styles.problem} role="alert">
          {[batch.problem.message, batch.problem.remedy].filter(Boolean).join(" ")}
        </p>
      )}
      {batch.isUnhashed && <p className={styles.note}>{w("batch.unhashed")}</p>}
      {state !== "done" && (
        <progress
          className={styles.bar}
          aria-label={w("batch.progress", { title })}
          value={done}
          max={Math.max(1, size)}
        >
          {percentText(done, size)}
        </progress>
      )}
      <Actions queue={queue} batch={batch} />
      <ul className={styles.files} aria-label={w("batch.fileList", { title })}>
        {sorted.slice(0, ROWS).map((file) => (
          <FileRow key={file.key} queue={queue} batch={batch} file={file} />
        ))}
        {files.length > ROWS && <li>{w("batch.more", { count: files.length - ROWS })}</li>}
      </ul>
      {batch.problems
        .filter((each) => !files.some(({ path }) => each.startsWith(`${path}: `)))
        .slice(0, ROWS)
        .map((each) => (
          <p key={each} className={styles.problem}>
            {each}
          </p>
        ))}
    </article>
  );
}

function Actions({ queue, batch }: { queue: UploadQueue; batch: Batch }) {
  const { closeTray, choose } = useImporting();
  const { state, images, files } = batch;
  const [first] = images;
  const out = files.filter((file) => file.state === "problem" || file.state === "missing").length;
  const isLost = state === "failed" && batch.problem?.code === "conflict";
  return (
    <div className={styles.buttons}>
      {first !== undefined && (
        <Link href={`/i/${numberOf(first.id)}`} onClick={closeTray}>
          {w("batch.openImage", { name: first.name })}
        </Link>
      )}
      {state === "working" && (
        <Button look="outline" icon="pause" onPress={() => queue.pause(batch)}>
          {w("batch.pause")}
        </Button>
      )}
      {state === "paused" && (
        <Button look="outline" icon="play" onPress={() => queue.go(batch)}>
          {w("batch.go")}
        </Button>
      )}
      {state === "missing" && (
        <Button look="outline" icon="upload" onPress={choose}>
          {w("batch.chooseAgain")}
        </Button>
      )}
      {(state === "held" || state === "failed" || (state === "done" && out > 0)) && (
        <Button
          look="outline"
          icon="retry"
          onPress={() => (isLost ? void queue.anew(batch) : queue.go(batch))}
        >
          {w(isLost ? "batch.anew" : "batch.retry")}
        </Button>
      )}
      {(state === "held" || state === "missing") && out < files.length && (
        <Button look="outline" onPress={() => void queue.leaveOut(batch)}>
          {w("batch.leaveOut", { count: out })}
        </Button>
      )}
      {state !== "importing" && (
        <Button look="outline" icon="close" onPress={() => void queue.remove(batch)}>
          {w(state === "done" ? "batch.remove" : "batch.giveUp")}
        </Button>
      )}
    </div>
  );
}

function intoText({ dataset, project }: Batch["target"]): string {
  if (dataset === null) return "";
  return project === null
    ? w("batch.into", { dataset })
    : w("batch.intoBoth", { dataset, project });
}

function progressOf({ files }: Batch): { done: number; size: number } {
  let [done, size] = [0, 0];
  for (const file of files) {
    if (file.state === "known") continue;
    size += file.size;
    done += file.state === "sent" ? file.size : file.state === "hashing" ? 0 : file.done;
  }
  return { done, size };
}

function stateText(batch: Batch): string {
  const { state, files, images } = batch;
  const count = (wanted: string): number => files.filter((file) => file.state === wanted).length;
  const { done, size } = progressOf(batch);
  switch (state) {
    case "working":
      return done === 0 && count("hashing") > 0
        ? w("batch.adding")
        : w("batch.working", { done: sizeText(done), size: sizeText(size) });
    case "held":
      return w("batch.held", { count: count("problem") });
    case "missing":
      return w("batch.missing", { count: count("missing") });
    case "done":
      if (images.length > 0) return w("batch.done", { count: images.length });
      if (batch.problems.length > 0) return w("batch.noImages");
      return w(count("sent") > 0 ? "batch.doneQuietly" : "batch.nothing");
    default:
      return w(`batch.${state}`);
  }
}
