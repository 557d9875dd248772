import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { gql } from "../api/gql";
import { classes } from "../ui/classes";
import { FormDialog, formStyles, TextField } from "../ui/Form";
import * as changes from "./changes";
import styles from "./Dialogs.module.css";
import * as d from "./documents";
import { ask } from "./state";
import { changesOf, nextState, stateOf, type TagState } from "./tagStates";
import type { Targets } from "./targets";
import { inWords, useChange } from "./useChange";
import { things, w } from "./words";

/** Tags on all, some or none of the things: put on all or taken off all by a click. */
export function TagDialog({ targets }: { targets: Targets }) {
  const [text, setText] = useState("");
  const [clicked, setClicked] = useState<ReadonlyMap<string, TagState>>(new Map());
  const { run, ...form } = useChange();
  const last = text.slice(text.lastIndexOf(",") + 1).trim();
  const counts = useQuery({
    queryKey: ["tags of", targets],
    queryFn: () => changes.tagsOf(targets),
    staleTime: 0,
  });
  const { data: like } = useQuery({
    queryKey: ["tags like", last],
    queryFn: ({ signal }) => gql(d.tagsLike, { text: last }, { signal }),
    placeholderData: (before) => before,
  });
  const before = (name: string): TagState => stateOf(counts.data?.get(name) ?? 0, targets.count);
  const near = (name: string): boolean => name.toLowerCase().includes(last.toLowerCase());
  const known = [...(counts.data?.keys() ?? []), ...clicked.keys()].filter(near);
  const others = (like?.tags.nodes ?? []).map((tag) => tag.textValue ?? "").filter(near);
  const names = [...new Set([...known, ...others])].filter(Boolean);
  const { on, off } = changesOf(clicked, before);
  const written = text
    .split(",")
    .map((tag) => tag.trim())
    .filter(Boolean);
  const all = [...new Set([...written, ...on])];
  const what = things(targets.type, targets.count);
  const click = (name: string): void => {
    setClicked(
      new Map(clicked).set(name, nextState(clicked.get(name) ?? before(name), before(name))),
    );
    // What was written found the tag: it is not a tag of its own.
    if (last !== "") setText(text.slice(0, text.length - last.length));
  };
  return (
    <FormDialog
      {...form}
      problem={form.problem ?? (counts.error === null ? null : inWords(counts.error))}
      title={w("tag.title", { things: what })}
      submit={w(off.length > 0 ? "tag.change" : "tag.submit", { things: what })}
      isReady={all.length + off.length > 0}
      onSubmit={() => void run(() => changes.retag(targets, all, off))}
      onClose={() => ask(null)}
    >
      <TextField label={w("tag.field")} value={text} onChange={setText} autoFocus />
      <fieldset className={styles.places} aria-busy={counts.isPending}>
        <legend className="spoken">{w("tag.list")}</legend>
        {!counts.isPending &&
          names.map((name) => (
            <TagChoice
              key={name}
              name={name}
              count={counts.data?.get(name) ?? 0}
              total={targets.count}
              was={before(name)}
              now={clicked.get(name) ?? before(name)}
              onClick={() => click(name)}
            />
          ))}
        {!counts.isPending && names.length === 0 && (
          <p className={formStyles.hint}>{w(last === "" ? "tag.hint" : "tag.empty")}</p>
        )}
      </fieldset>
      <p className={formStyles.hint}>{w("tag.hint")}</p>
    </FormDialog>
  );
}

function TagChoice({
  name,
  count,
  total,
  was,
  now,
  onClick,
}: {
  name: string;
  count: number;
  total: number;
  was: TagState;
  now: TagState;
  onClick(): void;
}) {
  const isChanged = now !== was;
  const says =
    now === "some"
      ? w("tag.some", { count: Math.min(count, total), total })
      : isChanged
        ? w(now === "all" ? "tag.put" : "tag.taken")
        : w(now === "all" ? "tag.all" : "tag.none");
  return (
    <label className={styles.tag}>
      <input
        type="checkbox"
        ref={(box) => {
          if (box !== null) box.indeterminate = now === "some";
        }}
        checked={now === "all"}
        onChange={onClick}
      />
      <span className={styles.place}>{name}</span>
      <span className={classes(formStyles.hint, isChanged && styles.changed)}>{says}</span>
    </label>
  );
}
