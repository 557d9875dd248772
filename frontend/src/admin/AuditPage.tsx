import { useState } from "react";
import { Link } from "wouter";
import { type ApiError, asApiError } from "../api/errors";
import { gql } from "../api/gql";
import { moment } from "../browse/facts";
import { numberOf } from "../browse/ids";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import styles from "../forms/forms.module.css";
import { adminUsers, auditCheck, auditLog, type Entry, type Me } from "./documents";
import { has } from "./me";
import {
  Cell,
  cut,
  ListFrame,
  Name,
  Problem,
  Table,
  TextField,
  useList,
  useSettled,
} from "../forms/parts";
import { groupPath, userPath } from "./paths";
import { useFilters } from "./useFilters";
import { w } from "./words";

/** What was done about people, rights and sign-ins. */
export function AuditPage({ me }: { me: Me }) {
  const { values, change } = useFilters({ q: "", by: "", from: "", to: "" });
  const [typed, by] = [useSettled(values.q.trim()), useSettled(values.by.trim())];
  const people = useList(
    adminUsers,
    { userName: { contains: by } },
    (found) => found.experimenters,
    { enabled: by !== "" },
  );
  const mayRead = has(me, "MODIFY_USER");
  const actors = by === "" ? null : people.rows.map(({ id }) => id);
  const list = useList(
    auditLog,
    filterOf(typed, actors, values.from, values.to),
    (found) => found.auditEntries,
    { enabled: mayRead },
  );
  if (!mayRead) return <EmptyState icon="question" title={w("needs.MODIFY_USER")} isAlert />;
  const field = (name: "q" | "by" | "from" | "to", label: string, type: string) => (
    <TextField
      type={type}
      label={label}
      value={values[name]}
      onChange={(event) => change({ [name]: event.target.value })}
    />
  );
  return (
    <>
      <header className={styles.head}>
        <h1>{w("audit.title")}</h1>
        <span className={styles.count} role="status">
          {list.total !== null && w("list.count.entries", { count: list.total })}
        </span>
      </header>
      <Chain />
      <div className={styles.filters}>
        {field("q", w("audit.filter"), "search")}
        {field("by", w("audit.by"), "search")}
        {field("from", w("audit.from"), "date")}
        {field("to", w("audit.to"), "date")}
      </div>
      <ListFrame
        list={list}
        isFiltered={Object.values(values).some((value) => value !== "")}
        empty={<EmptyState icon="jobs" title={w("audit.noneYet")} />}
      >
        <Table
          label={w("audit.title")}
          heads={[
            w("audit.time"),
            w("audit.actor"),
            w("audit.action"),
            w("audit.subject"),
            w("audit.details"),
          ]}
        >
          {list.rows.map((entry) => (
            <Row key={entry.id} entry={entry} />
          ))}
        </Table>
      </ListFrame>
    </>
  );
}

function Row({ entry }: { entry: Entry }) {
  return (
    <tr>
      <td className={styles.moment}>{moment(entry.time)}</td>
      <td>
        {entry.actor === null ? (
          <span className={styles.note}>{w("audit.nobody")}</span>
        ) : (
          <Link href={userPath(entry.actor.id)}>
            <Name>{entry.actor.userName}</Name>
          </Link>
        )}
      </td>
      <td>{cut(entry.action)}</td>
      <td>
        <Subject>{entry.subject}</Subject>
      </td>
      <Cell isWide>
        <details>
          <summary>{summaryOf(entry)}</summary>
          <pre className={styles.details}>{pretty(entry.details)}</pre>
          <p className={styles.hash}>
            {w("audit.hash")} {entry.hash}
          </p>
        </details>
      </Cell>
    </tr>
  );
}

/** What a line is about; a link where it has a page. */
function Subject({ children }: { children: string }) {
  const [kind] = children.split(":");
  if (kind === "Experimenter" && /:\d+$/.test(children)) {
    return <Link href={userPath(children)}>{children}</Link>;
  }
  if (kind === "ExperimenterGroup" && /:\d+$/.test(children)) {
    return <Link href={groupPath(children)}>{children}</Link>;
  }
  return <Name>{children}</Name>;
}

/** The names of what was changed. */
function summaryOf({ details }: Entry): string {
  const { before, after } = parsed(details);
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names.length === 0 ? w("audit.hash") : cut(names.join(", "), 80);
}

function pretty(details: string): string {
  const { before, after } = parsed(details);
  const parts = [
    before === null ? "" : `${w("audit.before")} ${JSON.stringify(before, null, 1)}`,
    after === null ? "" : `${w("audit.after")} ${JSON.stringify(after, null, 1)}`,
  ];
  return cut(parts.filter((part) => part !== "").join("\n"), 20_000);
}

interface Details {
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

function parsed(details: string): Details {
  try {
    return JSON.parse(details) as Details;
  } catch {
    return { before: null, after: { details } };
  }
}

/** Whether the log is whole, when somebody asks. */
function Chain() {
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState<Awaited<ReturnType<typeof verified>> | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const verify = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      setSaid(await verified());
    } catch (problem) {
      setError(asApiError(problem));
    }
    setBusy(false);
  };
  return (
    <div className={styles.actions}>
      <Button look="outline" icon="check" isDisabled={isBusy} onPress={() => void verify()}>
        {w(isBusy ? "audit.verifying" : "audit.verify")}
      </Button>
      <div role="status">
        {said?.broken === null && (
          <p>
            <span className={styles.said}>{w("audit.whole", { count: said.good })}</span>{" "}
            <span className={styles.hash}>{said.hash}</span>{" "}
            <span className={styles.note}>{w("audit.keep")}</span>
          </p>
        )}
        {said != null && said.broken !== null && (
          <p className={styles.problem}>
            {w("audit.broken", { count: said.good, number: numberOf(said.broken) })}
          </p>
        )}
      </div>
      <Problem error={error} />
    </div>
  );
}

async function verified() {
  return (await gql(auditCheck, {})).auditCheck;
}

function filterOf(typed: string, actors: readonly string[] | null, from: string, to: string) {
  const text = { contains: typed };
  const time = {
    ...(isDay(from) ? { from: new Date(`${from}T00:00:00`).toISOString() } : {}),
    ...(isDay(to) ? { to: new Date(`${to}T23:59:59.999`).toISOString() } : {}),
  };
  return {
    ...(typed === "" ? {} : { or: [{ action: text }, { subject: text }, { details: text }] }),
    ...(actors === null ? {} : { actor: { in: actors } }),
    ...(Object.keys(time).length === 0 ? {} : { time }),
  };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}
