import { useState } from "react";
import { type Message, t } from "../i18n";
import { ModalDialog } from "../ui/Overlay";
import { keyLabel } from "./keys";
import { allCommands, type Command, type Context, useCommandHandlers } from "./registry";
import styles from "./ShortcutSheet.module.css";

const TITLES: Record<Context, Message> = {
  everywhere: "shortcuts.everywhere",
  browser: "shortcuts.browser",
  viewer: "shortcuts.viewer",
  figure: "shortcuts.figure",
};

/** All keys that hold on this screen. */
export function ShortcutSheet({ context }: { context: Context }) {
  const [isOpen, setOpen] = useState(false);
  useCommandHandlers({ "shell.shortcuts": () => setOpen(true) });
  const contexts: Context[] = ["everywhere", context === "everywhere" ? "browser" : context];
  return (
    <ModalDialog
      title={t("command.shortcuts")}
      size="wide"
      isOpen={isOpen}
      onClose={() => setOpen(false)}
    >
      {/* On small screens it scrolls, so it must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.sheet} tabIndex={0}>
        {contexts.map((each) => (
          <section key={each} className={styles.section}>
            <h3 className={styles.title}>{t(TITLES[each])}</h3>
            <dl className={styles.list}>
              {allCommands()
                .filter(({ when, keys }) => when === each && keys.length > 0)
                .map((entry) => (
                  <Row key={entry.id} entry={entry} />
                ))}
            </dl>
          </section>
        ))}
      </div>
    </ModalDialog>
  );
}

function Row({ entry }: { entry: Command }) {
  return (
    <div className={styles.row}>
      <dt>{entry.title}</dt>
      <dd className={styles.keys}>
        {withArrows(entry.keys).map((key) => (
          <kbd key={key}>{keyLabel(key)}</kbd>
        ))}
      </dd>
    </div>
  );
}

const ARROWS = /Arrow(Left|Right|Up|Down)$/;

/** The four arrow keys as one. */
function withArrows(keys: readonly string[]): string[] {
  const named = keys.map((key) => key.replace(ARROWS, t("shortcuts.arrows")));
  return keys.filter((key) => ARROWS.test(key)).length === 4 ? [...new Set(named)] : [...keys];
}
