import { useState } from "react";
import { type Asked, askedHere } from "../api/asked";
import { translator } from "../i18n";
import { Button } from "./Button";
import { classes } from "./classes";
import { CopyButton } from "./CopyButton";
import { ModalDialog } from "./Overlay";
import styles from "./QueryDialog.module.css";
import type { QueryPeekProps } from "./QueryPeek";
import { curlOf, pythonOf } from "./snippets";

const w = translator({
  title: "Queries behind this view",
  text: "This is what the page asked the server, as it was sent. Use it in scripts and notebooks.",
  none: "This page has asked nothing yet.",
  which: "Question",
  as: "Written for",
  graphql: "GraphQL",
  python: "Python",
  curl: "curl",
  variables: "Variables",
  copy: "Copy",
  open: "Open in GraphiQL",
  token: "Scripts sign in with a token:",
  makeToken: "make one in your account",
  tokenPlace: "and put it into the environment as MICROGRAPH_TOKEN.",
});

const FORMS = ["graphql", "python", "curl"] as const;

/** All questions of this address, each to be copied or opened in GraphiQL. */
export function QueryDialog({ document, variables, onClose }: QueryPeekProps) {
  const [questions] = useState(() => questionsOf(document?.source, variables));
  const [index, setIndex] = useState(0);
  const [form, setForm] = useState<(typeof FORMS)[number]>("graphql");
  const question = questions[index];
  return (
    <ModalDialog title={w("title")} size="wide" isOpen onClose={onClose}>
      <div className={styles.peek}>
        <p className={styles.text}>{question === undefined ? w("none") : w("text")}</p>
        {question !== undefined && (
          <>
            <div className={styles.choices}>
              <label className={styles.which}>
                {w("which")}
                <select value={index} onChange={(event) => setIndex(Number(event.target.value))}>
                  {questions.map((each, at) => (
                    <option key={`${each.name} ${String(at)}`} value={at}>
                      {labelOf(each, questions)}
                    </option>
                  ))}
                </select>
              </label>
              <div role="group" aria-label={w("as")} className={styles.forms}>
                {FORMS.map((each) => (
                  <Button
                    key={each}
                    look="outline"
                    aria-pressed={each === form}
                    className={classes(each === form && styles.chosen)}
                    onPress={() => setForm(each)}
                  >
                    {w(each)}
                  </Button>
                ))}
              </div>
            </div>
            <Written key={form} question={question} form={form} />
          </>
        )}
      </div>
    </ModalDialog>
  );
}

function Written({ question, form }: { question: Asked; form: (typeof FORMS)[number] }) {
  const json = JSON.stringify(question.variables, null, 2);
  const { origin } = window.location;
  const text =
    form === "graphql"
      ? question.source
      : form === "python"
        ? pythonOf(question, origin)
        : curlOf(question, origin);
  const address = `/graphql?${new URLSearchParams({ query: question.source, variables: json }).toString()}`;
  return (
    <>
      <Code label={w(form)}>{text}</Code>
      {form === "graphql" ? (
        <>
          <h3 className={styles.label}>{w("variables")}</h3>
          <Code label={w("variables")}>{json}</Code>
        </>
      ) : (
        <p className={styles.text}>
          {w("token")} <a href="/account">{w("makeToken")}</a> {w("tokenPlace")}
        </p>
      )}
      <div className={styles.actions}>
        <CopyButton text={text} label={w("copy")} />
        <a className={styles.link} href={address} target="_blank" rel="noreferrer">
          {w("open")}
        </a>
      </div>
    </>
  );
}

function Code({ label, children }: { label: string; children: string }) {
  return (
    // A scrollable area must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className={styles.code} tabIndex={0} role="group" aria-label={label}>
      {children}
    </pre>
  );
}

/** What was asked here, with the view's own question first. */
function questionsOf(source?: string, variables: Record<string, unknown> = {}): Asked[] {
  const asked = [...askedHere()];
  if (source === undefined) return asked;
  const own = asked.find((one) => one.source === source);
  const name = /\b(?:query|mutation)\s+(\w+)/.exec(source)?.[1] ?? "";
  const first = own ?? { name, source, variables };
  return [first, ...asked.filter((one) => one !== own)];
}

/** Its name, and its number among those of the same name. */
function labelOf(question: Asked, all: readonly Asked[]): string {
  const same = all.filter(({ name }) => name === question.name);
  return same.length === 1
    ? question.name
    : `${question.name} ${String(same.indexOf(question) + 1)}`;
}
