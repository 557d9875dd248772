import { type KeyboardEvent, useId, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { t } from "../i18n";
import { KeyOf } from "../ui/Button";
import { Icon, type IconName } from "../ui/Icon";
import { ModalDialog } from "../ui/Overlay";
import styles from "./CommandPalette.module.css";
import { score } from "./match";
import { places } from "./places";
import {
  allCommands,
  type Context,
  canRun,
  registryStore,
  runCommand,
  useCommandHandlers,
} from "./registry";

interface Entry {
  id: string;
  title: string;
  group: string;
  icon: IconName;
  command?: string;
  run(): void;
}

const SHOWN = 60;

/** Find a place or a command by a few letters and go there or run it. */
export function CommandPalette({ context }: { context: Context }) {
  const [isOpen, setOpen] = useState(false);
  useCommandHandlers({ "shell.palette": () => setOpen(true) });
  return (
    <ModalDialog
      title={t("command.palette")}
      hideTitle
      isOpen={isOpen}
      onClose={() => setOpen(false)}
    >
      <Finder context={context} onDone={() => setOpen(false)} />
    </ModalDialog>
  );
}

function Finder({ context, onDone }: { context: Context; onDone(): void }) {
  const version = useSyncExternalStore(registryStore.subscribe, registryStore.snapshot);
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const listRef = useRef<HTMLDivElement>(null);
  const listId = useId();
  // The version stands for what can be run now.
  // oxlint-disable-next-line react/exhaustive-deps
  const entries = useMemo(() => entriesFor(context), [context, version]);
  const found = useMemo(() => best(entries, typed), [entries, typed]);
  const index = Math.min(active, found.length - 1);

  const choose = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    onDone();
    // After the dialog has given the focus back, so that the command may take it.
    window.setTimeout(() => entry.run(), 0);
  };
  const moveTo = (next: number): void => {
    setActive(next);
    listRef.current
      ?.querySelector(`[data-index="${String(next)}"]`)
      ?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = found.length - 1;
    if (event.key === "ArrowDown") moveTo(index >= last ? 0 : index + 1);
    else if (event.key === "ArrowUp") moveTo(index <= 0 ? last : index - 1);
    else if (event.key === "Enter") choose(found[index]);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div className={styles.field}>
        <Icon name="search" />
        <input
          autoFocus
          className={styles.input}
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found.length > 0 ? `${listId}-${String(index)}` : undefined}
          aria-label={t("palette.placeholder")}
          placeholder={t("palette.placeholder")}
          value={typed}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div
        id={listId}
        ref={listRef}
        className={styles.list}
        role="listbox"
        aria-label={t("palette.results")}
      >
        {found.map((entry, at) => (
          <div
            key={entry.id}
            id={`${listId}-${String(at)}`}
            data-index={at}
            role="option"
            tabIndex={-1}
            aria-selected={at === index}
            className={styles.entry}
            onPointerMove={() => setActive(at)}
            onClick={() => choose(entry)}
            onKeyDown={onKeyDown}
          >
            <Icon name={entry.icon} />
            <span className={styles.title}>{entry.title}</span>
            <span className={styles.group}>{entry.group}</span>
            {entry.command !== undefined && <KeyOf command={entry.command} />}
          </div>
        ))}
        {found.length === 0 && <p className={styles.none}>{t("palette.none", { typed })}</p>}
      </div>
    </>
  );
}

function entriesFor(context: Context): Entry[] {
  const commands = allCommands()
    .filter(({ id, when }) => (when === context || when === "everywhere") && canRun(id))
    .filter(({ id }) => id !== "shell.palette")
    .map(({ id, title }) => ({
      id,
      title,
      group: t("palette.command"),
      icon: "chevronRight" as const,
      command: id,
      run: () => void runCommand(id),
    }));
  return [...commands, ...places()];
}

function best(entries: readonly Entry[], typed: string): Entry[] {
  if (typed.trim() === "") return entries.slice(0, SHOWN);
  const scored = entries
    .map((entry) => ({ entry, points: score(entry.title, typed) }))
    .filter((each): each is { entry: Entry; points: number } => each.points !== null);
  // Letters that only occur in order are for those who typed no whole part of any name.
  const isClear = scored.some(({ points }) => points > 1);
  return scored
    .filter(({ points }) => points > 1 || !isClear)
    .toSorted((one, other) => other.points - one.points)
    .slice(0, SHOWN)
    .map((each) => each.entry);
}
