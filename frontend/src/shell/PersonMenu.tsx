import { Button as AriaButton } from "react-aria-components";
import { runCommand } from "../commands/registry";
import { t } from "../i18n";
import { initials, signOut, usePerson } from "../session/session";
import { MenuButton, type MenuEntry } from "../ui/Overlay";
import styles from "./PersonMenu.module.css";
import { type Theme, usePreferences } from "./preferences";

const THEMES: { id: Theme; label: string }[] = [
  { id: "system", label: t("theme.system") },
  { id: "dark", label: t("theme.dark") },
  { id: "light", label: t("theme.light") },
];

/** Who is asking, how it looks, and the way out. */
export function PersonMenu() {
  const person = usePerson();
  const theme = usePreferences((state) => state.theme);
  const setTheme = usePreferences((state) => state.setTheme);
  const entries: (MenuEntry | null)[] = [
    ...THEMES.map(({ id, label }) => ({
      id: `theme-${id}`,
      label,
      isChosen: theme === id,
      run: () => setTheme(id),
    })),
    null,
    {
      id: "shortcuts",
      label: t("command.shortcuts"),
      icon: "keyboard",
      command: "shell.shortcuts",
      run: () => void runCommand("shell.shortcuts"),
    },
    { id: "developer", label: t("command.developer"), icon: "code", href: "/graphql" },
    ...(person === null
      ? []
      : [
          null,
          {
            id: "out",
            label: t("session.signOut"),
            icon: "user" as const,
            run: () => void signOut(),
          },
        ]),
  ];
  return (
    <MenuButton
      label={t("shell.person")}
      entries={entries}
      trigger={
        <AriaButton
          className={styles.person}
          aria-label={t("shell.personOf", { name: person?.name ?? "", initials: initials(person) })}
        >
          {initials(person)}
        </AriaButton>
      }
    />
  );
}
