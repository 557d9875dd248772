import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useId, useState } from "react";
import { queryClient } from "../api/client";
import { asApiError } from "../api/errors";
import type { AnnotatedQuery } from "../api/generated/graphql";
import { gql } from "../api/gql";
import { bytes, decimal, fullName, moment } from "../browse/facts";
import * as changes from "../organise/changes";
import { tagsLike } from "../organise/documents";
import { ask, onChanged } from "../organise/state";
import { named, type Targets } from "../organise/targets";
import { usePerson } from "../session/session";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { sayFailed } from "../ui/undo";
import { acquired } from "./acquired";
import { acquisition, annotated, history } from "./documents";
import styles from "./ThingDetails.module.css";
import { w, type Word } from "./words";

interface Person {
  userName: string;
  firstName: string;
  lastName: string;
}
type Pair = AnnotatedPairs[number];
type AnnotatedPairs = Extract<
  NonNullable<AnnotatedQuery["node"]>,
  { keyValues: unknown }
>["keyValues"];
interface Thing {
  readonly id: string;
  readonly name?: string;
  readonly description?: string | null;
  readonly textValue?: string | null;
  readonly tagDescription?: string | null;
  readonly canEdit: boolean;
  readonly canAnnotate: boolean;
  readonly created: { time: string };
  readonly owner: Person;
  readonly group: { name: string };
  readonly tags: readonly { id: string; textValue: string | null }[];
  readonly keyValues: readonly Pair[];
  readonly rating: { mine: number | null; average: number | null; count: number };
  readonly comments: {
    nodes: readonly {
      id: string;
      textValue: string | null;
      canDelete: boolean;
      created: { time: string; experimenter: Person };
    }[];
  };
  readonly annotations: {
    nodes: readonly {
      id: string;
      description?: string | null;
      file?: { id: string; name: string; size: number } | null;
    }[];
  };
}

/** Annotations of a thing, how it was taken, its history, and the ways to take it along. */
export function ThingDetails({ id, isNamed = false }: { id: string; isNamed?: boolean }) {
  const key = ["annotated", id];
  const { data, error, isPending } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => gql(annotated, { id }, { signal }),
  });
  useEffect(
    () =>
      onChanged(() => {
        void queryClient.invalidateQueries({ queryKey: ["annotated", id] });
        void queryClient.invalidateQueries({ queryKey: ["image facts", id] });
        void queryClient.invalidateQueries({ queryKey: ["history", id] });
      }),
    [id],
  );
  if (isPending) return <p role="status">{w("state.asking")}</p>;
  if (error !== null && data === undefined) return <p role="alert">{asApiError(error).message}</p>;
  const thing = data?.node as unknown as Thing | null;
  if (thing === null) return <p>{w("state.gone")}</p>;
  const type = id.slice(0, id.indexOf(":")) as Targets["type"];
  const targets = named(type, [id]);
  return (
    <>
      {isNamed && <Named thing={thing} />}
      {type !== "TagAnnotation" && (
        <p className={styles.rename}>
          <Button
            icon="pencil"
            command="change.rename"
            isDisabled={!thing.canEdit}
            onPress={() => ask({ kind: "rename", id })}
          >
            {w("name.edit")}
          </Button>
          {!thing.canEdit && <span className={styles.muted}>{w("name.noRight")}</span>}
        </p>
      )}
      <Tags thing={thing} targets={targets} />
      <Pairs thing={thing} targets={targets} />
      <Rating thing={thing} targets={targets} />
      <Attachments thing={thing} />
      <Comments thing={thing} targets={targets} />
      {type === "Image" && <Acquisition id={id} />}
      <Downloads id={id} />
      <History id={id} />
    </>
  );
}

function Named({ thing }: { thing: Thing }) {
  const description = thing.description ?? thing.tagDescription ?? "";
  return (
    <>
      <h2 className={styles.name}>{thing.name ?? thing.textValue}</h2>
      {description !== "" && <p className={styles.description}>{description}</p>}
      <p className={styles.muted}>
        {fullName(thing.owner)} · {thing.group.name} · {moment(thing.created.time)}
      </p>
    </>
  );
}

const said = (change: Promise<unknown>): void => void change.catch(sayFailed);

function Tags({ thing, targets }: { thing: Thing; targets: Targets }) {
  const [text, setText] = useState("");
  const listId = useId();
  const { data } = useQuery({
    queryKey: ["tags like", text.trim()],
    queryFn: ({ signal }) => gql(tagsLike, { text: text.trim() }, { signal }),
    enabled: text.trim() !== "",
  });
  const add = (event: FormEvent): void => {
    event.preventDefault();
    const tag = text.trim();
    if (tag === "") return;
    changes.tag(targets, [tag]).then(() => setText(""), sayFailed);
  };
  return (
    <section className={styles.section}>
      <h3>{w("tags.title")}</h3>
      {thing.tags.length > 0 && (
        <ul className={styles.tags}>
          {thing.tags.map(({ id, textValue }) => (
            <li key={id}>
              <a href={`/tag/${id.slice(id.indexOf(":") + 1)}`}>{textValue}</a>
              {thing.canAnnotate && (
                <IconButton
                  icon="close"
                  className={styles.small}
                  label={w("tags.remove", { tag: textValue ?? "" })}
                  onPress={() => said(changes.untag(targets, [textValue ?? ""]))}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {thing.canAnnotate ? (
        <form className={styles.line} onSubmit={add}>
          <input
            className={styles.input}
            aria-label={w("tags.add")}
            placeholder={w("tags.add")}
            value={text}
            list={listId}
            autoComplete="off"
            onChange={(event) => setText(event.target.value)}
          />
          <datalist id={listId}>
            {data?.tags.nodes.map((tag) => (
              // A choice of a datalist is named by its value.
              // oxlint-disable-next-line jsx-a11y/control-has-associated-label
              <option key={tag.id} value={tag.textValue ?? ""} />
            ))}
          </datalist>
        </form>
      ) : (
        <p className={styles.muted}>{w("right.annotate")}</p>
      )}
    </section>
  );
}

function Pairs({ thing, targets }: { thing: Thing; targets: Targets }) {
  const person = usePerson()?.userName ?? "";
  const own = changes.ownPairs(
    thing.keyValues.map((pair) => ({
      ...pair,
      annotation: pair.annotation === null ? null : { canEdit: true, owner: pair.annotation.owner },
    })),
    person,
  );
  const others = thing.keyValues.filter(
    (pair) => !own.some((each) => each.key === pair.key && each.value === pair.value),
  );
  // What is being written belongs to the thing and outlives whatever arrives meanwhile.
  const [draft, setDraft] = useState<{ key: string; value: string }[] | null>(null);
  const rows = draft ?? own;
  const change = (at: number, part: Partial<{ key: string; value: string }>): void =>
    setDraft(rows.map((row, index) => (index === at ? { ...row, ...part } : row)));
  const save = (): void => {
    const whole = rows.filter((row) => row.key.trim() !== "");
    changes.writePairs(targets, whole, "REPLACE_ALL", person).then(() => setDraft(null), sayFailed);
  };
  return (
    <section className={styles.section}>
      <h3>
        {w("pairs.title")}
        {draft !== null && <span className={styles.draft}>{w("pairs.draft")}</span>}
      </h3>
      {thing.canAnnotate && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save();
          }}
        >
          <table className={styles.pairs}>
            <thead className="spoken">
              <tr>
                <th scope="col">{w("pairs.key")}</th>
                <th scope="col">{w("pairs.value")}</th>
                <th scope="col">{w("pairs.removing")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, at) => (
                // Rows can have the same key: their place is what they are.
                // oxlint-disable-next-line react/no-array-index-key
                <tr key={at}>
                  <td>
                    <input
                      className={styles.input}
                      aria-label={w("pairs.keyOf", { number: at + 1 })}
                      value={row.key}
                      onChange={(event) => change(at, { key: event.target.value })}
                    />
                  </td>
                  <td>
                    <input
                      className={styles.input}
                      aria-label={w("pairs.valueOf", { key: row.key })}
                      value={row.value}
                      onChange={(event) => change(at, { value: event.target.value })}
                    />
                  </td>
                  <td>
                    <IconButton
                      icon="close"
                      className={styles.small}
                      label={w("pairs.remove", { key: row.key })}
                      onPress={() => setDraft(rows.filter((_, index) => index !== at))}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <div className={styles.line}>
            <Button icon="plus" onPress={() => setDraft([...rows, { key: "", value: "" }])}>
              {w("pairs.add")}
            </Button>
            {draft !== null && (
              <>
                <Button type="submit" look="primary">
                  {w("pairs.save")}
                </Button>
                <Button look="outline" onPress={() => setDraft(null)}>
                  {w("pairs.discard")}
                </Button>
              </>
            )}
          </div>
        </form>
      )}
      {others.length > 0 && (
        <>
          {thing.canAnnotate && <h4 className={styles.muted}>{w("pairs.others")}</h4>}
          <dl className={styles.facts}>
            {others.map((pair, at) => (
              // oxlint-disable-next-line react/no-array-index-key
              <div key={at}>
                <dt>{pair.key}</dt>
                <dd>{pair.value}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {thing.keyValues.length === 0 && draft === null && (
        <p className={styles.muted}>{w("pairs.none")}</p>
      )}
    </section>
  );
}

function Rating({ thing, targets }: { thing: Thing; targets: Targets }) {
  const { mine, average, count } = thing.rating;
  return (
    <section className={styles.section}>
      <h3>{w("rating.title")}</h3>
      <div className={styles.stars} role="group" aria-label={w("rating.title")}>
        {[1, 2, 3, 4, 5].map((stars) => (
          <button
            key={stars}
            type="button"
            className={styles.star}
            aria-label={w("rating.stars", { count: stars })}
            aria-pressed={stars === mine}
            data-lit={mine !== null && stars <= mine ? "" : undefined}
            disabled={!thing.canAnnotate}
            onClick={() => said(changes.rate(targets, stars === mine ? null : stars))}
          >
            <Icon name="star" />
          </button>
        ))}
        {mine !== null && (
          <IconButton
            icon="close"
            className={styles.small}
            label={w("rating.clear")}
            onPress={() => said(changes.rate(targets, null))}
          />
        )}
      </div>
      {average !== null && count > 1 && (
        <p className={styles.muted}>
          {w("rating.average", { average: decimal(average, 1), count })}
        </p>
      )}
    </section>
  );
}

function Attachments({ thing }: { thing: Thing }) {
  const files = thing.annotations.nodes.filter((each) => each.file != null);
  if (files.length === 0) return null;
  return (
    <section className={styles.section}>
      <h3>{w("files.title")}</h3>
      <ul>
        {files.map(({ id, file, description }) => (
          <li key={id} className={styles.file}>
            <a href={`/files/${file?.id.slice(file.id.indexOf(":") + 1) ?? ""}`} download>
              {file?.name}
            </a>
            <span className={styles.muted}>{bytes(file?.size ?? 0)}</span>
            {description != null && <span className={styles.muted}>{description}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Comments({ thing, targets }: { thing: Thing; targets: Targets }) {
  const [text, setText] = useState("");
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() === "") return;
    changes.comment(targets, text.trim()).then(() => setText(""), sayFailed);
  };
  const { nodes } = thing.comments;
  return (
    <section className={styles.section}>
      <h3>{w("comments.title")}</h3>
      <ul className={styles.comments}>
        {nodes.map((each) => (
          <li key={each.id}>
            <p>{each.textValue}</p>
            <p className={styles.muted}>
              {fullName(each.created.experimenter)}, {moment(each.created.time)}
            </p>
            {each.canDelete && (
              <IconButton
                icon="close"
                className={styles.small}
                label={w("comments.remove")}
                onPress={() => said(changes.uncomment(targets, each.id))}
              />
            )}
          </li>
        ))}
      </ul>
      {thing.canAnnotate ? (
        <form onSubmit={send}>
          <textarea
            className={styles.input}
            rows={2}
            aria-label={w("comments.write")}
            placeholder={w("comments.write")}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          {text.trim() !== "" && (
            <div className={styles.line}>
              <Button type="submit" look="primary">
                {w("comments.send")}
              </Button>
            </div>
          )}
        </form>
      ) : (
        nodes.length === 0 && <p className={styles.muted}>{w("comments.none")}</p>
      )}
    </section>
  );
}

/** A section that asks the server when it is first opened. */
function Folded({ title, children }: { title: string; children: () => React.ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={styles.section} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen && children()}
    </details>
  );
}

function Acquisition({ id }: { id: string }) {
  return <Folded title={w("acquisition.title")}>{() => <AcquisitionFacts id={id} />}</Folded>;
}

function AcquisitionFacts({ id }: { id: string }) {
  const { data, error } = useQuery({
    queryKey: ["acquisition", id],
    queryFn: ({ signal }) => gql(acquisition, { id }, { signal }),
  });
  if (error !== null) return <p role="alert">{asApiError(error).message}</p>;
  if (data === undefined) return <p role="status">{w("state.asking")}</p>;
  const facts = data.image === null ? [] : acquired(data.image);
  if (facts.length === 0) return <p className={styles.muted}>{w("acquisition.none")}</p>;
  return (
    <dl className={styles.facts}>
      {facts.map(([name, words]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Addresses that give the thing in several forms. */
function Downloads({ id }: { id: string }) {
  if (id.startsWith("TagAnnotation:")) return null;
  const isImage = id.startsWith("Image:");
  const links: [Word, string][] = [
    ["get.files", `/archive?ids=${id}`],
    ["get.manifest", `/archive/manifest?ids=${id}`],
    ["get.tiff", `/export/${id}.ome.tiff`],
    ["get.zarr", `/export/${id}.ozx`],
    ...(isImage ? ([["get.png", `/export/${id}.png`]] as [Word, string][]) : []),
  ];
  return (
    <Folded title={w("get.title")}>
      {() => (
        <ul>
          {links.map(([word, address]) => (
            <li key={word} className={styles.file}>
              <a href={address} download>
                {w(word)}
              </a>
            </li>
          ))}
        </ul>
      )}
    </Folded>
  );
}

function History({ id }: { id: string }) {
  return <Folded title={w("history.title")}>{() => <HistoryList id={id} />}</Folded>;
}

function HistoryList({ id }: { id: string }) {
  const [pages, setPages] = useState<(string | null)[]>([null]);
  return (
    <ol className={styles.history}>
      {pages.map((after, at) => (
        <HistoryPage
          key={after ?? ""}
          id={id}
          after={after}
          onMore={at === pages.length - 1 ? (next) => setPages((all) => [...all, next]) : undefined}
        />
      ))}
    </ol>
  );
}

function HistoryPage({
  id,
  after,
  onMore,
}: {
  id: string;
  after: string | null;
  onMore: ((after: string) => void) | undefined;
}) {
  const { data, error } = useQuery({
    queryKey: ["history", id, after],
    queryFn: ({ signal }) => gql(history, { id, after }, { signal }),
  });
  if (error !== null) return <li role="alert">{asApiError(error).message}</li>;
  if (data === undefined) return <li>{w("state.asking")}</li>;
  const next = data.history?.pageInfo.hasNextPage === true ? data.history.pageInfo.endCursor : null;
  return (
    <>
      {data.history?.nodes.map((entry) => (
        <li key={entry.cursor}>
          <p>
            {entry.subject == null || entry.subject.id === id
              ? w(`history.${entry.action}`)
              : w("history.of", {
                  action: w(`history.${entry.action}`),
                  thing: entry.subject.id.replace(":", " "),
                })}
          </p>
          {entry.changes.map(({ name, before, after: now }) => (
            <p key={name} className={styles.change}>
              {name}: {before !== null && <del>{before}</del>} {now !== null && <ins>{now}</ins>}
            </p>
          ))}
          <p className={styles.muted}>
            {w("history.by", {
              who: entry.experimenter === null ? "" : fullName(entry.experimenter),
              time: moment(entry.time),
            })}
          </p>
        </li>
      ))}
      {next !== null && onMore !== undefined && (
        <li>
          <Button look="outline" onPress={() => onMore(next)}>
            {w("history.more")}
          </Button>
        </li>
      )}
    </>
  );
}
