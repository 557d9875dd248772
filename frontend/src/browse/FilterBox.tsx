import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { useCommandHandlers } from "../commands/registry";
import { t } from "../i18n";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import styles from "./FilterBox.module.css";
import { FIELDS, parseQuery, QueryProblem } from "./query";

const REST_MS = 400;

/** The text that says which images are shown; it is what the address says. */
export function FilterBox({ query, onChange }: { query: string; onChange(query: string): void }) {
  const [draft, setDraft] = useState<{ of: string; text: string }>({ of: query, text: query });
  const text = draft.of === query ? draft.text : query;
  const field = useRef<HTMLInputElement>(null);
  const problemId = useId();
  const listId = useId();
  const problem = problemOf(text);
  useCommandHandlers({
    "browse.filter": () => field.current?.focus(),
    "browse.unfilter": () => onChange(""),
  });
  useEffect(() => {
    if (problem !== null || text === query) return undefined;
    const timer = window.setTimeout(() => onChange(text), REST_MS);
    return () => window.clearTimeout(timer);
  }, [problem, text, query, onChange]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (problem === null) onChange(text);
  };
  const last = /\S*$/.exec(text)?.[0] ?? "";
  const hints = FIELDS.filter((name) => last !== "" && name.startsWith(last.toLowerCase()));
  return (
    <search className={styles.search}>
      <form className={styles.box} onSubmit={submit}>
        <Icon name="search" />
        <input
          ref={field}
          className={styles.input}
          type="text"
          value={text}
          list={listId}
          spellCheck={false}
          autoComplete="off"
          aria-label={t("filter.label")}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : problemId}
          placeholder={t("filter.placeholder")}
          onChange={(event) => setDraft({ of: query, text: event.target.value })}
        />
        <datalist id={listId}>
          {hints.map((name) => (
            // A choice of a datalist is named by its value.
            // oxlint-disable-next-line jsx-a11y/control-has-associated-label
            <option key={name} value={`${text.slice(0, text.length - last.length)}${name}:`} />
          ))}
        </datalist>
        {text !== "" && (
          <IconButton
            icon="close"
            label={t("filter.clear")}
            onPress={() => {
              setDraft({ of: "", text: "" });
              onChange("");
              field.current?.focus();
            }}
          />
        )}
      </form>
      {problem !== null && (
        <p id={problemId} className={styles.problem} role="status">
          <code>
            {text.slice(0, problem.position)}
            <mark>{text.charAt(problem.position) || "\u00a0"}</mark>
            {text.slice(problem.position + 1)}
          </code>
          {t("filter.problem", { message: problem.message, place: problem.position + 1 })}
        </p>
      )}
    </search>
  );
}

function problemOf(text: string): QueryProblem | null {
  try {
    parseQuery(text);
    return null;
  } catch (error) {
    return error as QueryProblem;
  }
}
