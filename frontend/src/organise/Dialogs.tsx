import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { asApiError } from "../api/errors";
import { gql } from "../api/gql";
import { usePerson } from "../session/session";
import { Button, IconButton } from "../ui/Button";
import { FormDialog, formStyles, TextField } from "../ui/Form";
import { sayFailed } from "../ui/undo";
import * as changes from "./changes";
import styles from "./Dialogs.module.css";
import * as d from "./documents";
import { ask as open, type Ask } from "./state";
import { TagDialog } from "./TagDialog";
import type { Targets } from "./targets";
import { inWords, useChange } from "./useChange";
import { things, w } from "./words";

/** The dialog for what is asked. */
export function Dialogs({ ask }: { ask: Ask }) {
  switch (ask.kind) {
    case "tag":
      return <TagDialog targets={ask.targets} />;
    case "pairs":
      return <PairsDialog targets={ask.targets} />;
    case "comment":
      return <CommentDialog targets={ask.targets} />;
    case "rate":
      return <RateDialog targets={ask.targets} />;
    case "move":
      return <MoveDialog targets={ask.targets} />;
    case "unlink":
      return <UnlinkDialog targets={ask.targets} />;
    case "delete":
      return <DeleteDialog targets={ask.targets} />;
    case "newProject":
      return <NewDialog kind="Project" project={null} />;
    case "newDataset":
      return <NewDialog kind="Dataset" project={ask.project} />;
    case "rename":
      return <RenameDialog id={ask.id} />;
    default:
      return <Dropped ask={ask} />;
  }
}

const close = (): void => open(null);

function PairsDialog({ targets }: { targets: Targets }) {
  const person = usePerson();
  const [pairs, setPairs] = useState([{ key: "", value: "" }]);
  const { run, ...form } = useChange();
  const set = (at: number, part: Partial<(typeof pairs)[number]>): void =>
    setPairs((all) => all.map((pair, index) => (index === at ? { ...pair, ...part } : pair)));
  const whole = pairs.filter((pair) => pair.key.trim() !== "");
  return (
    <FormDialog
      {...form}
      title={w("pairs.title", { things: things(targets.type, targets.count) })}
      submit={w("pairs.submit")}
      isReady={whole.length > 0}
      onSubmit={() =>
        void run(() => changes.writePairs(targets, whole, "REPLACE_KEYS", person?.userName ?? ""))
      }
      onClose={close}
    >
      {pairs.map((pair, at) => (
        // Pairs have no identity but their place.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={at} className={styles.pair}>
          <TextField
            label={w("pairs.key", { number: at + 1 })}
            value={pair.key}
            autoFocus={at === 0}
            onChange={(key) => set(at, { key })}
          />
          <TextField
            label={w("pairs.value", { number: at + 1 })}
            value={pair.value}
            onChange={(value) => set(at, { value })}
          />
          <IconButton
            icon="minus"
            label={w("pairs.remove", { number: at + 1 })}
            isDisabled={pairs.length === 1}
            onPress={() => setPairs((all) => all.filter((_, index) => index !== at))}
          />
        </div>
      ))}
      <Button
        icon="plus"
        className={styles.add}
        onPress={() => setPairs((all) => [...all, { key: "", value: "" }])}
      >
        {w("pairs.add")}
      </Button>
      <p className={formStyles.hint}>{w("pairs.hint")}</p>
    </FormDialog>
  );
}

function CommentDialog({ targets }: { targets: Targets }) {
  const [text, setText] = useState("");
  const { run, ...form } = useChange();
  return (
    <FormDialog
      {...form}
      title={w("comment.title", { things: things(targets.type, targets.count) })}
      submit={w("comment.submit")}
      isReady={text.trim() !== ""}
      onSubmit={() => void run(() => changes.comment(targets, text.trim()))}
      onClose={close}
    >
      <TextField label={w("comment.field")} value={text} onChange={setText} isLong autoFocus />
    </FormDialog>
  );
}

function RateDialog({ targets }: { targets: Targets }) {
  const [rating, setRating] = useState<number | null>(5);
  const { run, ...form } = useChange();
  const what = things(targets.type, targets.count);
  return (
    <FormDialog
      {...form}
      title={w("rate.title", { things: what })}
      submit={w("rate.submit")}
      onSubmit={() => void run(() => changes.rate(targets, rating))}
      onClose={close}
    >
      <fieldset className={styles.choices}>
        <legend className="spoken">{w("rate.title", { things: what })}</legend>
        {[1, 2, 3, 4, 5, null].map((value) => (
          <label key={String(value)}>
            <input
              type="radio"
              name="rating"
              autoFocus={value === rating}
              checked={value === rating}
              onChange={() => setRating(value)}
            />
            {value === null ? w("rate.none") : w("rate.value", { count: value })}
          </label>
        ))}
      </fieldset>
    </FormDialog>
  );
}

interface Place {
  readonly id: string;
  readonly name: string;
  readonly canLink: boolean;
  readonly within: string;
}

function usePlaces(type: Targets["type"], text: string): Place[] | null {
  const { data } = useQuery({
    queryKey: ["targets", type, text],
    queryFn: ({ signal }) =>
      gql(
        d.targetsLike,
        {
          text,
          images: type === "Image",
          datasets: type === "Dataset",
          plates: type === "Plate",
        },
        { signal },
      ),
  });
  if (data === undefined) return null;
  const datasets = (data.datasets?.nodes ?? []).map(({ projects, ...each }) => ({
    ...each,
    within: projects.nodes[0]?.name ?? "",
  }));
  const others = [...(data.projects?.nodes ?? []), ...(data.screens?.nodes ?? [])];
  return [...datasets, ...others.map((each) => ({ ...each, within: "" }))];
}

function MoveDialog({ targets }: { targets: Targets }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const [isLink, setLink] = useState(targets.from === null);
  const { run, ...form } = useChange();
  const places = usePlaces(targets.type, text)?.filter(
    (place) => place.canLink && place.id !== targets.from,
  );
  const target = places?.find((place) => place.id === chosen) ?? places?.[0];
  const what = things(targets.type, targets.count);
  return (
    <FormDialog
      {...form}
      title={w(targets.from === null ? "move.linkTitle" : "move.title", { things: what })}
      submit={w(isLink ? "move.linkSubmit" : "move.submit")}
      isReady={target !== undefined}
      onSubmit={() => {
        if (target !== undefined) void run(() => changes.place(targets, target, isLink));
      }}
      onClose={close}
    >
      <TextField label={w("move.find")} value={text} onChange={setText} autoFocus />
      <fieldset className={styles.places}>
        <legend className="spoken">{w("move.targets")}</legend>
        {places?.map((place) => (
          <label key={place.id}>
            <input
              type="radio"
              name="target"
              checked={place.id === target?.id}
              onChange={() => setChosen(place.id)}
            />
            <span className={styles.place}>{place.name}</span>
            <span className={formStyles.hint}>{place.within}</span>
          </label>
        ))}
        {places?.length === 0 && <p className={formStyles.hint}>{w("move.none")}</p>}
      </fieldset>
      {targets.from !== null && (
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={isLink}
            onChange={(event) => setLink(event.target.checked)}
          />
          {w("move.keep")}
        </label>
      )}
    </FormDialog>
  );
}

function UnlinkDialog({ targets }: { targets: Targets }) {
  const { run, ...form } = useChange();
  return (
    <FormDialog
      {...form}
      title={w("unlink.title", { things: things(targets.type, targets.count) })}
      submit={w("unlink.submit")}
      onSubmit={() => void run(() => changes.takeOut(targets))}
      onClose={close}
    >
      <p>{w("unlink.text")}</p>
    </FormDialog>
  );
}

type Deletion = Awaited<ReturnType<typeof changes.deletion>>;

function DeleteDialog({ targets }: { targets: Targets }) {
  const [dry, setDry] = useState<Deletion | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const { run, isBusy, problem } = useChange();
  useEffect(() => {
    let isHere = true;
    changes.deletion(targets).then(
      (found) => isHere && setDry(found),
      (error: unknown) => isHere && setRefusal(inWords(error)),
    );
    return () => {
      isHere = false;
    };
  }, [targets]);
  return (
    <FormDialog
      isBusy={isBusy}
      problem={problem ?? refusal}
      isDanger
      title={w("delete.title", { things: things(targets.type, targets.count) })}
      submit={w("delete.submit")}
      isReady={dry !== null}
      onSubmit={() => {
        if (dry !== null) void run(() => changes.toTrash(targets, dry.ids));
      }}
      onClose={close}
    >
      {dry === null ? (
        refusal === null && <p role="status">{w("delete.asking")}</p>
      ) : (
        <Report report={dry.report} />
      )}
      <p className={formStyles.hint}>{w("delete.note")}</p>
    </FormDialog>
  );
}

function Report({ report }: { report: Deletion["report"] }) {
  const parts = [
    [w("delete.goes"), report.goes.map(({ kind, count }) => [kind, count] as const)],
    [w("delete.stays"), report.stays.map(({ kind, count }) => [kind, count] as const)],
    [w("delete.unlinked"), report.unlinked.map((cut) => [cut.relation, cut.count] as const)],
  ] as const;
  return (
    <div className={styles.report}>
      {parts
        .filter(([, rows]) => rows.length > 0)
        .map(([title, rows]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {rows.map(([name, count]) => (
                <div key={name}>
                  <dt>{spaced(name)}</dt>
                  <dd>{count.toLocaleString()}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
    </div>
  );
}

/** `TagAnnotation` → `Tag annotation`. */
function spaced(name: string): string {
  return name.replace(/(?<=[a-z])([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
}

function NewDialog({ kind, project }: { kind: "Project" | "Dataset"; project: string | null }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const { run, ...form } = useChange();
  const title =
    kind === "Project" ? w("new.project") : w(project === null ? "new.dataset" : "new.datasetIn");
  return (
    <FormDialog
      {...form}
      title={title}
      submit={w("new.submit")}
      isReady={name.trim() !== ""}
      onSubmit={() =>
        void run(async () => {
          const id = await changes.make(kind, name.trim(), description, project);
          if (id !== null) navigate(`/${kind.toLowerCase()}/${id.slice(id.indexOf(":") + 1)}`);
        })
      }
      onClose={close}
    >
      <TextField label={w("new.name")} value={name} onChange={setName} autoFocus />
      <TextField
        label={w("new.description")}
        value={description}
        onChange={setDescription}
        isLong
      />
    </FormDialog>
  );
}

/** Name and description; when somebody else was faster, both versions and the choice. */
function RenameDialog({ id }: { id: string }) {
  const [was, setWas] = useState<changes.Described | null>(null);
  const [theirs, setTheirs] = useState<changes.Described | null>(null);
  const [words, setWords] = useState({ name: "", description: "" });
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    changes.describedNow(id).then(
      (now) => {
        setWas(now);
        setWords({ name: now.name, description: now.description });
      },
      (error: unknown) => setProblem(inWords(error)),
    );
  }, [id]);
  const save = async (over: changes.Described): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await changes.describe(over, words);
      close();
    } catch (error) {
      // What was written stays in the fields whatever happened.
      if (asApiError(error).code === "conflict") setTheirs(await changes.describedNow(id));
      else setProblem(inWords(error));
    } finally {
      setBusy(false);
    }
  };
  const save1 = (over: changes.Described | null): void => {
    if (over !== null) save(over).catch(sayFailed);
  };
  return (
    <FormDialog
      title={w("rename.title")}
      submit={w("rename.submit")}
      isBusy={isBusy}
      isReady={was !== null && theirs === null && words.name.trim() !== ""}
      problem={problem}
      onSubmit={() => save1(was)}
      onClose={close}
    >
      <TextField
        key={was?.id ?? ""}
        label={w("new.name")}
        value={words.name}
        autoFocus
        onChange={(name) => setWords((last) => ({ ...last, name }))}
      />
      <TextField
        label={w("new.description")}
        value={words.description}
        isLong
        onChange={(description) => setWords((last) => ({ ...last, description }))}
      />
      {theirs !== null && (
        <section role="alert" className={styles.conflict}>
          <h3>{w("conflict.title")}</h3>
          <p>
            {w("conflict.text", {
              who: theirs.who,
              time: new Date(theirs.time).toLocaleString(),
            })}
          </p>
          <dl>
            <dt>{w("conflict.mine")}</dt>
            <dd>
              {words.name}
              <span>{words.description}</span>
            </dd>
            <dt>{w("conflict.theirs")}</dt>
            <dd>
              {theirs.name}
              <span>{theirs.description}</span>
            </dd>
          </dl>
          <div className={formStyles.actions}>
            <Button
              look="outline"
              onPress={() => {
                setWas(theirs);
                setWords({ name: theirs.name, description: theirs.description });
                setTheirs(null);
              }}
            >
              {w("conflict.useTheirs")}
            </Button>
            <Button look="primary" isDisabled={isBusy} onPress={() => save1(theirs)}>
              {w("conflict.useMine")}
            </Button>
          </div>
        </section>
      )}
    </FormDialog>
  );
}

/** What was dropped on the tree is put there at once; only a failure says more than a toast. */
function Dropped({ ask }: { ask: Extract<Ask, { kind: "drop" }> }) {
  useEffect(() => {
    close();
    const { targets, to, name, isLink } = ask;
    changes.place(targets, { id: to, name }, isLink).catch(sayFailed);
  }, [ask]);
  return null;
}
