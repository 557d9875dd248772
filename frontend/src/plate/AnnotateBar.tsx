import { type FormEvent, useState } from "react";
import { asApiError } from "../api/errors";
import { gql } from "../api/gql";
import { useCommandHandlers } from "../commands/registry";
import { Button } from "../ui/Button";
import { ModalDialog } from "../ui/Overlay";
import { removeWellKeys, setWellKeyValues, tagWells, untagWells } from "./documents";
import type { WellRow } from "./documents";
import styles from "./Plate.module.css";
import { w } from "./words";

interface Props {
  wells: readonly WellRow[];
  canAnnotate: boolean;
  /** What the selected wells are now. */
  onChanged(): void;
  onClear(): void;
}

type Said = { text: string; undo: (() => Promise<unknown>) | null };

/** How many wells are selected, and what can be written on them. */
export function AnnotateBar({ wells, canAnnotate, onChanged, onClear }: Props) {
  const [asking, setAsking] = useState<"tag" | "keyValue" | null>(null);
  const [said, setSaid] = useState<Said | null>(null);
  const count = wells.length;
  const isOff = !canAnnotate || count === 0;
  const ids = wells.map(({ id }) => id);
  useCommandHandlers(
    isOff
      ? {}
      : { "plate.tag": () => setAsking("tag"), "plate.keyValue": () => setAsking("keyValue") },
  );
  const write = async (
    does: () => Promise<unknown>,
    undo: () => Promise<unknown>,
  ): Promise<void> => {
    setAsking(null);
    try {
      await does();
      setSaid({ text: w("annotate.done", { count }), undo });
      onChanged();
    } catch (error) {
      const { message, remedy } = asApiError(error);
      setSaid({ text: [message, remedy].filter(Boolean).join(" "), undo: null });
    }
  };
  const tag = (tags: string[]): void => {
    const bare = wells.filter(
      (well) => !tags.every((each) => well.tags.some(({ textValue }) => textValue === each)),
    );
    const changed = bare.map(({ id }) => id);
    void write(
      () => gql(tagWells, { ids, tags }),
      () => gql(untagWells, { ids: changed, tags }),
    );
  };
  const setPair = (key: string, value: string): void => {
    // Each well gets back what it had: wells with the same value at once.
    const before = new Map<string | null, string[]>();
    for (const well of wells) {
      const old = well.keyValues.find((pair) => pair.key.toLowerCase() === key.toLowerCase());
      const text = old?.value ?? null;
      before.set(text, [...(before.get(text) ?? []), well.id]);
    }
    void write(
      () => gql(setWellKeyValues, { ids, pairs: [{ key, value }] }),
      () =>
        Promise.all(
          [...before].map(([old, those]) =>
            old === null
              ? gql(removeWellKeys, { ids: those, keys: [key] })
              : gql(setWellKeyValues, { ids: those, pairs: [{ key, value: old }] }),
          ),
        ),
    );
  };
  const undo = async (): Promise<void> => {
    const back = said?.undo;
    if (back == null) return;
    try {
      await back();
      setSaid({ text: w("annotate.undone"), undo: null });
      onChanged();
    } catch (error) {
      setSaid({ text: asApiError(error).message, undo: back });
    }
  };
  return (
    <div className={styles.selection}>
      <strong role="status">
        {count === 0 ? w("selection.none") : w("selection.count", { count })}
        {said !== null && <span className={styles.said}> {said.text}</span>}
      </strong>
      {said?.undo != null && (
        <Button look="outline" onPress={() => void undo()}>
          {w("annotate.undo")}
        </Button>
      )}
      <span className={styles.grow} />
      {!canAnnotate && <span className={styles.muted}>{w("annotate.notAllowed")}</span>}
      <Button isDisabled={isOff} command="plate.tag" onPress={() => setAsking("tag")}>
        {w("annotate.tag")}
      </Button>
      <Button isDisabled={isOff} command="plate.keyValue" onPress={() => setAsking("keyValue")}>
        {w("annotate.keyValue")}
      </Button>
      <Button command="browse.clear" isDisabled={count === 0} onPress={onClear}>
        {w("selection.clear")}
      </Button>
      {asking !== null && (
        <Asking
          what={asking}
          count={count}
          onClose={() => setAsking(null)}
          onTag={tag}
          onPair={setPair}
        />
      )}
    </div>
  );
}

function Asking({
  what,
  count,
  onClose,
  onTag,
  onPair,
}: {
  what: "tag" | "keyValue";
  count: number;
  onClose(): void;
  onTag(tags: string[]): void;
  onPair(key: string, value: string): void;
}) {
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const tags = [...new Set(first.split(",").map((each) => each.trim()))].filter(Boolean);
  const isReady = what === "tag" ? tags.length > 0 : first.trim() !== "" && second.trim() !== "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isReady) return;
    if (what === "tag") onTag(tags);
    else onPair(first.trim(), second.trim());
  };
  const title = w(what === "tag" ? "annotate.tagTitle" : "annotate.keyTitle", { count });
  return (
    <ModalDialog title={title} isOpen onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <label>
          {w(what === "tag" ? "annotate.tagLabel" : "annotate.key")}
          {/* A dialog that asks for a word begins in its field. */}
          {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
          <input autoFocus value={first} onChange={(event) => setFirst(event.target.value)} />
        </label>
        {what === "keyValue" && (
          <label>
            {w("annotate.value")}
            <input value={second} onChange={(event) => setSecond(event.target.value)} />
          </label>
        )}
        <Button look="primary" type="submit" isDisabled={!isReady}>
          {w("annotate.save")}
        </Button>
      </form>
    </ModalDialog>
  );
}
