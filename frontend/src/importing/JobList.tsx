import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { queryClient } from "../api/client";
import { type ApiError, asApiError } from "../api/errors";
import { gql } from "../api/gql";
import { numberOf } from "../browse/ids";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { cancelJob, type Job, jobItems, jobsTray, retryJob } from "./documents";
import styles from "./Importing.module.css";
import { percentText } from "./sizes";
import { useImporting } from "./state";
import { w } from "./words";

const KEY = ["jobs"];
const RUNNING_MS = 2000;
const RESTING_MS = 15_000;

const isRunning = ({ status }: Job): boolean => status === "RUNNING" || status === "SUBMITTED";

/** The newest jobs, asked for again as long as they are looked at. */
export function JobList() {
  const { data, error } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => gql(jobsTray, {}, { signal }),
    staleTime: 0,
    refetchInterval: ({ state }) =>
      state.data?.jobs.nodes.some(isRunning) === true ? RUNNING_MS : RESTING_MS,
  });
  if (data === undefined) {
    return error === null ? (
      <p className={styles.note}>{w("tray.loading")}</p>
    ) : (
      <ProblemText error={asApiError(error)} />
    );
  }
  const jobs = data.jobs.nodes;
  return (
    <>
      {error !== null && <ProblemText error={asApiError(error)} />}
      {jobs.length === 0 && <p className={styles.note}>{w("tray.noJobs")}</p>}
      {jobs.map((job) => (
        <JobCard key={job.id} job={job} />
      ))}
    </>
  );
}

function JobCard({ job }: { job: Job }) {
  const { id, kind, title, status, progress, message, submitted, canEdit, downloadUrl } = job;
  const [isOpen, setOpen] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const change = async (document: typeof cancelJob | typeof retryJob): Promise<void> => {
    setProblem(null);
    try {
      await gql(document as typeof cancelJob, { id });
      await queryClient.invalidateQueries({ queryKey: KEY });
    } catch (error) {
      setProblem(asApiError(error));
    }
  };
  return (
    <article className={styles.card} aria-label={title}>
      <h4 className={styles.title}>
        <bdi>{title.slice(0, 300)}</bdi>
      </h4>
      <p className={status === "ERROR" ? styles.problem : ""}>
        {w(`job.${status}`, { percent: percentText(progress, 1) })}
        <span className={styles.note}> · {new Date(submitted).toLocaleString()}</span>
      </p>
      {message !== null && <p className={styles.message}>{message.slice(0, 2000)}</p>}
      {isRunning(job) && (
        <progress
          className={styles.bar}
          aria-label={w("job.progress", { title })}
          value={progress}
        />
      )}
      {problem !== null && <ProblemText error={problem} />}
      <div className={styles.buttons}>
        {downloadUrl !== null && (
          <a
            className={styles.download}
            href={downloadUrl}
            download
            aria-label={w("job.downloadOf", { title })}
          >
            <Icon name="download" />
            {w("job.download")}
          </a>
        )}
        {kind !== "export" && (
          <Button look="outline" aria-expanded={isOpen} onPress={() => setOpen(!isOpen)}>
            {w(isOpen ? "job.hide" : "job.show")}
          </Button>
        )}
        {canEdit && isRunning(job) && (
          <Button
            look="outline"
            icon="close"
            aria-label={w("job.cancelOf", { title })}
            onPress={() => void change(cancelJob)}
          >
            {w("job.cancel")}
          </Button>
        )}
        {canEdit && (status === "ERROR" || status === "CANCELLED") && (
          <Button
            look="outline"
            icon="retry"
            aria-label={w("job.retryOf", { title })}
            onPress={() => void change(retryJob)}
          >
            {w("job.retry")}
          </Button>
        )}
      </div>
      {isOpen && <Items job={job} />}
    </article>
  );
}

/** What became of each fileset of an import. */
function Items({ job }: { job: Job }) {
  const closeTray = useImporting((state) => state.closeTray);
  const { data, error } = useQuery({
    queryKey: [...KEY, job.id, job.status, job.progress],
    queryFn: ({ signal }) => gql(jobItems, { id: job.id }, { signal }),
    placeholderData: (before) => before,
  });
  if (error !== null) return <ProblemText error={asApiError(error)} />;
  if (data === undefined) return <p className={styles.note}>{w("tray.loading")}</p>;
  const items = data.node !== null && "items" in data.node ? data.node.items : null;
  if (items === null || items.nodes.length === 0) {
    return <p className={styles.note}>{w("job.noItems")}</p>;
  }
  return (
    <ul className={styles.files} aria-label={w("job.items", { title: job.title })}>
      {items.nodes.map(({ id, path, state, message, fileset }) => {
        const [image] = fileset?.images.nodes ?? [];
        return (
          <li key={id} className={styles.item}>
            <span className={styles.path} title={path}>
              <bdi>{path.slice(path.lastIndexOf("/") + 1)}</bdi>
            </span>
            <span className={styles.stage}>{w(`item.${state}`)}</span>
            {message !== null && (
              <p className={state === "FAILED" ? styles.problem : styles.note}>{message}</p>
            )}
            {image !== undefined && (
              <p className={styles.links}>
                <Link href={`/i/${numberOf(image.id)}`} onClick={closeTray}>
                  {w("file.openKnown", { name: image.name })}
                </Link>
              </p>
            )}
          </li>
        );
      })}
      {items.pageInfo.hasNextPage && <li className={styles.note}>{w("job.more")}</li>}
    </ul>
  );
}

function ProblemText({ error }: { error: ApiError }) {
  return (
    <p className={styles.problem} role="alert">
      {[error.message, error.remedy].filter(Boolean).join(" ")}
    </p>
  );
}
