import { t } from "../i18n";
import { AppShell } from "../shell/AppShell";
import { FirstRun } from "./FirstRun";

/** The first steps, for those who come back to them. */
export function WelcomePage() {
  return (
    <AppShell screen="welcome" title={t("command.welcome")}>
      <h1 className="spoken">{t("command.welcome")}</h1>
      <FirstRun />
    </AppShell>
  );
}
