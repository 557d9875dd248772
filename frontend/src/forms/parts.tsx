import { useInfiniteQuery } from "@tanstack/react-query";
import {
  type ComponentProps,
  type FormEvent,
  type ReactNode,
  useEffect,
  useId,
  useState,
} from "react";
import { queryClient } from "../api/client";
import type { TypedDocument } from "../api/document";
import { type ApiError, asApiError } from "../api/errors";
import { gql } from "../api/gql";
import { t, translator } from "../i18n";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import styles from "./forms.module.css";

const w = translator({
  loading: "Loading",
  more: "Show {count} more",
  none: "Nothing fits the filter.",
  "table.actions": "Actions",
});

/** Under which everything about people, storage and the log is kept. */
export const KEY = "admin";

const PAGE = 100;

/** Any name as it came, cut where it would fill the page, in its own direction. */
export function Name({ children }: { children: string }) {
  return (
    <bdi title={children.length > 80 ? children.slice(0, 2000) : undefined}>{cut(children)}</bdi>
  );
}

/** A text's first letters. */
export function cut(text: string, length = 200): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** What went wrong, where it did, and what to do about it. */
export function Problem({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  const { code, message, remedy } = asApiError(error);
  return (
    <p className={styles.problem} role="alert">
      {cut(
        code === "offline"
          ? `${t("error.offline")}. ${t("error.offlineText")}`
          : [message, remedy].filter(Boolean).join(" "),
        600,
      )}
    </p>
  );
}

/** A part of a page. */
export function Section({
  title,
  note,
  children,
}: {
  title: string;
  note?: ReactNode;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id} className={styles.heading}>
        {title}
      </h2>
      {note !== undefined && note !== null && <p className={styles.note}>{note}</p>}
      {children}
    </section>
  );
}

/** A text field with its name above it. */
export function TextField({
  label,
  note,
  ...rest
}: { label: string; note?: string } & ComponentProps<"input">) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        autoComplete="off"
        {...(note === undefined ? {} : { "aria-describedby": `${id}-note` })}
        {...rest}
      />
      {note !== undefined && (
        <p id={`${id}-note`} className={styles.note}>
          {note}
        </p>
      )}
    </div>
  );
}

/** One of a few, with its name above it. */
export function Choice({
  label,
  options,
  ...rest
}: {
  label: string;
  options: readonly (readonly [value: string, name: string])[];
} & ComponentProps<"select">) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <select id={id} {...rest}>
        {options.map(([value, name]) => (
          <option key={value} value={value}>
            {cut(name, 80)}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A box to tick. */
export function Tick({
  label,
  ...rest
}: { label: ReactNode } & Omit<ComponentProps<"input">, "type">) {
  return (
    <label className={styles.tick}>
      <input type="checkbox" {...rest} />
      <span>{label}</span>
    </label>
  );
}

/** Rows under named columns (those of buttons have an empty name), that scroll sideways by themselves where there is no room. */
export function Table({
  label,
  heads,
  children,
}: {
  label: string;
  heads: readonly string[];
  children: ReactNode;
}) {
  return (
    // A scrollable area must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.scroller} role="group" aria-label={label} tabIndex={0}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head === "" ? <span className="spoken">{w("table.actions")}</span> : head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** A cell that holds something to press. */
export function Cell({ isWide = false, children }: { isWide?: boolean; children: ReactNode }) {
  return <td className={isWide ? styles.wide : undefined}>{children}</td>;
}

interface ActState {
  busy: boolean;
  error: ApiError | null;
  said: string;
}

const AT_REST: ActState = { busy: false, error: null, said: "" };

const renewAll = (): Promise<void> => queryClient.invalidateQueries({ queryKey: [KEY] });

/** A change that says how it went, and has what it changed asked for anew. */
export function useAct(renew: () => Promise<void> = renewAll) {
  const [state, setState] = useState<ActState>(AT_REST);
  const act = async (run: () => Promise<string>): Promise<boolean> => {
    setState({ ...AT_REST, busy: true });
    try {
      const said = await run();
      await renew();
      setState({ ...AT_REST, said });
      return true;
    } catch (error) {
      setState({ ...AT_REST, error: asApiError(error) });
      return false;
    }
  };
  const reset = (): void => setState(AT_REST);
  return { ...state, act, reset };
}

export type Act = ReturnType<typeof useAct>;

/** How a change went: said to everybody, and shown. */
export function Outcome({ act }: { act: Act }) {
  return (
    <>
      <span role="status" className={styles.said}>
        {act.said}
      </span>
      <Problem error={act.error} />
    </>
  );
}

/** Fields that are sent together. */
export function Form({
  act,
  submit,
  isDisabled = false,
  look = "primary",
  onSubmit,
  children,
}: {
  act: Act;
  submit: string;
  look?: "primary" | "outline";
  isDisabled?: boolean;
  onSubmit(form: FormData): void;
  children: ReactNode;
}) {
  return (
    <form
      className={styles.form}
      onSubmit={(event: FormEvent<HTMLFormElement>) => {
        event.preventDefault();
        onSubmit(new FormData(event.currentTarget));
      }}
    >
      {children}
      <div className={styles.actions}>
        <Button look={look} type="submit" isDisabled={act.busy || isDisabled}>
          {submit}
        </Button>
        <Outcome act={act} />
      </div>
    </form>
  );
}

/** What was written in a field, without blanks around it. */
export function written(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}

/** The day that is now where the person is, as date fields write it. */
export function today(): string {
  const now = new Date();
  const parts = [now.getFullYear(), now.getMonth() + 1, now.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}

/** The last moment of a day, as the server takes it; null of an empty field. */
export function endOf(day: string): string | null {
  const end = new Date(`${day}T23:59:59`);
  return day === "" || Number.isNaN(end.getTime()) ? null : end.toISOString();
}

interface Pages<Node> {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  nodes: readonly Node[];
}

/** A list of the server, some at a time, asked anew for each filter. */
export function useList<Result, Node, Variables>(
  document: TypedDocument<Result, Variables>,
  filter: unknown,
  pagesOf: (result: Result) => Pages<Node>,
  options: { enabled?: boolean; refetchInterval?: number } = {},
) {
  const query = useInfiniteQuery({
    queryKey: [KEY, document.name, filter],
    queryFn: async ({ pageParam, signal }) =>
      pagesOf(
        await gql(document, { filter, first: PAGE, after: pageParam } as Variables, { signal }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    placeholderData: (before) => before,
    staleTime: 0,
    ...options,
  });
  const pages = query.data?.pages ?? [];
  return {
    rows: pages.flatMap((page) => page.nodes),
    total: pages.at(-1)?.totalCount ?? null,
    error: query.error,
    isLoading: query.isPending,
    isOld: query.isPlaceholderData,
    hasMore: query.hasNextPage,
    isMoreComing: query.isFetchingNextPage,
    more: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  };
}

export type List<Node> = Omit<ReturnType<typeof useList>, "rows"> & { rows: readonly Node[] };

/** The states of a list around its rows: loading, failed, nothing, more to come. */
export function ListFrame({
  list,
  isFiltered,
  empty,
  children,
}: {
  list: List<unknown>;
  isFiltered: boolean;
  empty: ReactNode;
  children: ReactNode;
}) {
  if (list.isLoading) return <Skeleton />;
  if (list.error !== null && list.rows.length === 0) {
    return <Failed error={list.error} onRetry={list.retry} />;
  }
  if (list.rows.length === 0) {
    return isFiltered ? <p className={styles.nothing}>{w("none")}</p> : empty;
  }
  const left = (list.total ?? 0) - list.rows.length;
  return (
    <div aria-busy={list.isOld} className={list.isOld ? styles.old : undefined}>
      {children}
      {list.error !== null && <Problem error={list.error} />}
      {list.hasMore && (
        <Button look="outline" isDisabled={list.isMoreComing} onPress={list.more}>
          {w("more", { count: Math.min(PAGE, Math.max(left, 1)) })}
        </Button>
      )}
    </div>
  );
}

const AGAIN_MS = 5000;

/** Why a page is not there, and a way on; tried again by itself where the server is away. */
export function Failed({
  error,
  onRetry,
  isPage = false,
}: {
  error: unknown;
  onRetry(): void;
  isPage?: boolean;
}) {
  const { code, message, remedy, request } = asApiError(error);
  const isOffline = code === "offline";
  useEffect(() => {
    if (!isOffline) return undefined;
    const timer = window.setInterval(onRetry, AGAIN_MS);
    return () => window.clearInterval(timer);
  }, [isOffline, onRetry]);
  return (
    <EmptyState
      icon="warning"
      title={isOffline ? t("error.offline") : message}
      text={isOffline ? t("error.offlineText") : (remedy ?? undefined)}
      isAlert
      isPage={isPage}
    >
      <Button look="outline" icon="retry" onPress={onRetry}>
        {t("action.retry")}
      </Button>
      {request !== null && <p className={styles.note}>{t("error.request", { request })}</p>}
    </EmptyState>
  );
}

/** Lines where text will be. */
export function Skeleton({ label = w("loading") }: { label?: string }) {
  return (
    <div className={styles.skeleton} role="status" aria-label={label}>
      {[72, 56, 64, 48].map((width) => (
        <span key={width} style={{ inlineSize: `${String(width)}%` }} />
      ))}
    </div>
  );
}

/** A value that has rested for a moment: what somebody types, when they pause. */
export function useSettled(value: string, delay = 250): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), delay);
    return () => window.clearTimeout(timer);
  }, [value, delay]);
  return settled;
}
