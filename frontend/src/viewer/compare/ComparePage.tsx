import "../commands";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { Link, useSearch } from "wouter";
import { navigate } from "wouter/use-browser-location";
import { asApiError } from "../../api/errors";
import { AppShell } from "../../shell/AppShell";
import { Button, IconButton } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { openImage } from "../data/imageFacts";
import { imageQuery } from "../data/imageQuery";
import { ChannelChips } from "../panels/ChannelChips";
import { CanvasArea } from "../panels/CanvasArea";
import { DimBar } from "../panels/DimBar";
import { Session } from "../state/session";
import {
  type Comparison,
  formatComparison,
  type Lock,
  LOCKS,
  MOST,
  parseComparison,
} from "./address";
import { useCompareCommands } from "./keys";
import styles from "./Compare.module.css";
import { Linking } from "./linking";
import { c } from "./words";

/** Images side by side, that follow each other as far as they are locked. */
export function ComparePage() {
  const search = useSearch();
  const comparison = useMemo(() => parseComparison(search), [search]);
  const [linking] = useState(() => new Linking(comparison.locks));
  const [sessions, setSessions] = useState<ReadonlyMap<string, Session>>(new Map());
  const [active, setActive] = useState("");
  const { images, locks } = comparison;
  useEffect(() => linking.setLocks(locks), [linking, locks]);
  const lead = sessions.get(active) ?? sessions.get(images[0] ?? "") ?? null;
  useCompareCommands(lead);
  const opened = (id: string, session: Session | null): void =>
    setSessions((before) => {
      const next = new Map(before);
      if (session) next.set(id, session);
      else next.delete(id);
      return next;
    });
  return (
    <AppShell screen="viewer" context="viewer" title={c("page.title")} crumbs={<Crumbs />}>
      <div className={styles.page}>
        <div className={styles.bar}>
          <Locks comparison={comparison} />
          {images.length < MOST && <AddImage comparison={comparison} />}
        </div>
        {images.length === 0 ? (
          <EmptyState icon="image" title={c("none.title")} text={c("none.text")} />
        ) : (
          <div className={styles.panes} data-count={Math.min(4, images.length)}>
            {images.map((id, at) => (
              <Pane
                key={id}
                id={id}
                number={at + 1}
                linking={linking}
                onSession={opened}
                onActive={() => setActive(id)}
              />
            ))}
          </div>
        )}
        {lead && <ChannelChips session={lead} />}
        {lead && <DimBar session={lead} />}
      </div>
    </AppShell>
  );
}

export default ComparePage;

function Crumbs() {
  return <h1 className={styles.title}>{c("page.title")}</h1>;
}

function go(comparison: Comparison): void {
  navigate(`/compare?${formatComparison(comparison)}`, { replace: true });
}

/** What the address says now; views are written to it without the page being rendered anew. */
function now(): Comparison {
  return parseComparison(window.location.search);
}

function Locks({ comparison }: { comparison: Comparison }) {
  const set = (lock: Lock, isOn: boolean): void => {
    const locks = new Set(comparison.locks);
    if (isOn) locks.add(lock);
    else locks.delete(lock);
    go({ ...now(), locks });
  };
  return (
    <fieldset className={styles.locks} aria-label={c("locks.label")}>
      {LOCKS.map((lock) => (
        <label key={lock} className={styles.lock}>
          <input
            type="checkbox"
            checked={comparison.locks.has(lock)}
            onChange={(event) => set(lock, event.target.checked)}
          />
          {c(`lock.${lock}`)}
        </label>
      ))}
    </fieldset>
  );
}

function AddImage({ comparison }: { comparison: Comparison }) {
  const [typed, setTyped] = useState("");
  const isNumber = /^\d{1,18}$/.test(typed.trim());
  return (
    <form
      className={styles.add}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isNumber) return;
        go({ ...now(), images: [...comparison.images, typed.trim()] });
        setTyped("");
      }}
    >
      <input
        className={styles.number}
        inputMode="numeric"
        placeholder={c("add.number")}
        aria-label={c("add.number")}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button type="submit" look="outline" isDisabled={!isNumber}>
        {c("add.act")}
      </Button>
    </form>
  );
}

interface PaneProps {
  readonly id: string;
  readonly number: number;
  readonly linking: Linking;
  readonly onSession: (id: string, session: Session | null) => void;
  readonly onActive: () => void;
}

function Pane(props: PaneProps) {
  const { id, number, linking, onSession, onActive } = props;
  const answer = useQuery(imageQuery(id));
  const image = answer.data?.image;
  const session = useMemo(() => {
    const opened = image ? openImage(image) : null;
    return opened && new Session(opened.facts, opened.base, paneAddress(id));
  }, [image, id]);
  const report = useRef(onSession);
  useEffect(() => {
    report.current = onSession;
  });
  useEffect(() => {
    if (!session) return undefined;
    report.current(id, session);
    const leave = linking.join(id, session);
    return () => {
      leave();
      session.dispose();
      report.current(id, null);
    };
  }, [session, linking, id]);
  const name = session?.facts.name ?? "";
  const failed =
    answer.error && c("pane.failed", { id, message: asApiError(answer.error).message });
  return (
    <section
      className={styles.pane}
      aria-label={c("pane.label", { number, name })}
      onFocusCapture={onActive}
      onPointerDownCapture={onActive}
    >
      <header className={styles.head}>
        <bdi className={styles.name} title={name}>
          {name || id}
        </bdi>
        <Link
          href={`/i/${id}`}
          className={styles.open}
          aria-label={`${id}: ${c("pane.open", { name: name || id })}`}
        >
          {id}
        </Link>
        <IconButton
          icon="close"
          label={c("pane.close", { name: name || id })}
          onPress={() => {
            const before = now();
            go({ ...before, images: before.images.filter((each) => each !== id) });
          }}
        />
      </header>
      {session ? (
        <CanvasArea session={session} />
      ) : (
        <p className={styles.words} role={answer.isPending ? "status" : "alert"}>
          {failed ?? c(answer.isPending ? "pane.opening" : "pane.gone", { id })}
        </p>
      )}
    </section>
  );
}

/** The part of the page's address that is one pane's view. */
function paneAddress(id: string) {
  return {
    read: () => now().views.get(id) ?? "nav=0",
    write: (query: string) => {
      const before = now();
      const views = new Map(before.views).set(id, query);
      const next = `${window.location.pathname}?${formatComparison({ ...before, views })}`;
      // Not by wouter: the page is not to be rendered for it.
      History.prototype.replaceState.call(window.history, window.history.state, "", next);
    },
  };
}
