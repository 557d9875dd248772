import { gql } from "../api/gql";
import { fullName, moment } from "../browse/facts";
import { cancelJob, retryJob } from "../importing/documents";
import { percentText } from "../importing/sizes";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import { Link } from "wouter";
import styles from "../forms/forms.module.css";
import { type AdminJob, adminJobs } from "./documents";
import {
  Cell,
  Choice,
  cut,
  ListFrame,
  Name,
  Outcome,
  Table,
  TextField,
  useAct,
  useList,
  useSettled,
} from "../forms/parts";
import { userPath } from "./paths";
import { useFilters } from "./useFilters";
import { w } from "./words";

const STATUSES = ["RUNNING", "SUBMITTED", "ERROR", "CANCELLED", "FINISHED"] as const;
const LOOK_MS = 5000;

/** Everybody's work on the server. */
export function JobsPage() {
  const { values, change } = useFilters({ q: "", status: "" });
  const typed = useSettled(values.q.trim());
  const status = STATUSES.find((each) => each === values.status);
  const act = useAct();
  const list = useList(
    adminJobs,
    {
      ...(typed === "" ? {} : { title: { contains: typed } }),
      ...(status === undefined ? {} : { status: { eq: status } }),
    },
    (found) => found.jobs,
    { refetchInterval: LOOK_MS },
  );
  const alter = (document: typeof cancelJob | typeof retryJob, job: AdminJob): void => {
    void act.act(async () => {
      await gql(document as typeof cancelJob, { id: job.id });
      return w("action.saved");
    });
  };
  return (
    <>
      <header className={styles.head}>
        <h1>{w("jobs.title")}</h1>
        <span className={styles.count} role="status">
          {list.total !== null && w("list.count.jobs", { count: list.total })}
        </span>
      </header>
      <div className={styles.filters}>
        <TextField
          type="search"
          label={w("jobs.filter")}
          value={values.q}
          onChange={(event) => change({ q: event.target.value })}
        />
        <Choice
          label={w("jobs.status")}
          value={status ?? ""}
          onChange={(event) => change({ status: event.target.value })}
          options={[
            ["", w("jobs.any")],
            ...STATUSES.map(
              (each) => [each, w(`job.${each}`, { percent: "" }).replace(/, $/, "")] as const,
            ),
          ]}
        />
      </div>
      <Outcome act={act} />
      <ListFrame
        list={list}
        isFiltered={typed !== "" || status !== undefined}
        empty={<EmptyState icon="jobs" title={w("jobs.noneYet")} />}
      >
        <Table
          label={w("jobs.title")}
          heads={[w("jobs.what"), w("jobs.owner"), w("jobs.submitted"), w("jobs.status"), ""]}
        >
          {list.rows.map((job) => (
            <tr key={job.id}>
              <td className={styles.wide}>
                <Name>{job.title}</Name>
                {job.message !== null && job.message !== "" && (
                  <div className={job.status === "ERROR" ? styles.problem : styles.note}>
                    {cut(job.message, 400)}
                  </div>
                )}
              </td>
              <Cell>
                <Link href={userPath(job.owner.id)}>
                  <Name>{fullName(job.owner)}</Name>
                </Link>
              </Cell>
              <td className={styles.moment}>{moment(job.submitted)}</td>
              <td className={job.status === "ERROR" ? styles.bad : undefined}>
                {w(`job.${job.status}`, { percent: percentText(job.progress, 1) })}
              </td>
              <td>
                {job.canEdit && (job.status === "RUNNING" || job.status === "SUBMITTED") && (
                  <Button
                    look="outline"
                    isDisabled={act.busy}
                    aria-label={w("jobs.cancelOf", { title: cut(job.title) })}
                    onPress={() => alter(cancelJob, job)}
                  >
                    {w("jobs.cancel")}
                  </Button>
                )}
                {job.canEdit && (job.status === "ERROR" || job.status === "CANCELLED") && (
                  <Button
                    look="outline"
                    isDisabled={act.busy}
                    aria-label={w("jobs.retryOf", { title: cut(job.title) })}
                    onPress={() => alter(retryJob, job)}
                  >
                    {w("jobs.retry")}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      </ListFrame>
    </>
  );
}
