import { Button as AriaButton } from "react-aria-components";
import { useLocation } from "wouter";
import { runCommand, useCommandHandlers } from "../commands/registry";
import { t } from "../i18n";
import { initials, signOut, usePerson } from "../session/session";
import { Icon } from "../ui/Icon";
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
  const [, navigate] = useLocation();
  useCommandHandlers(
    person?.administrator === true
      ? {
          "admin.users": () => navigate("/admin/users"),
          "admin.storage": () => navigate("/admin/storage"),
          "admin.audit": () => navigate("/admin/audit"),
          "admin.jobs": () => navigate("/admin/jobs"),
        }
      : {},
  );
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
    {
      id: "query",
      label: t("browse.query"),
      icon: "code",
      command: "browse.query",
      run: () => void runCommand("browse.query"),
    },
    { id: "developer", label: t("command.developer"), icon: "code", href: "/graphql" },
    {
      id: "welcome",
      label: t("command.welcome"),
      icon: "check",
      command: "go.welcome",
      run: () => navigate("/welcome"),
    },
    ...(person === null
      ? [
          null,
          {
            id: "in",
            label: t("session.signIn"),
            icon: "user" as const,
            run: () => navigate("/sign-in"),
          },
        ]
      : [
          null,
          {
            id: "account",
            label: t("session.account"),
            icon: "user" as const,
            command: "go.account",
            run: () => navigate("/account"),
          },
          ...(person.administrator
            ? [
                {
                  id: "admin",
                  label: t("session.admin"),
                  icon: "settings" as const,
                  command: "admin.users",
                  run: () => navigate("/admin/users"),
                },
              ]
            : []),
          {
            id: "out",
            label: t("session.signOut"),
            icon: "external" as const,
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
          {person === null ? <Icon name="user" /> : initials(person)}
        </AriaButton>
      }
    />
  );
}
