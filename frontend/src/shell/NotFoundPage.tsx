import { Link } from "wouter";
import { t } from "../i18n";
import { EmptyState } from "../ui/EmptyState";
import { AppShell } from "./AppShell";

/** For an address that is no screen. */
export function NotFoundPage() {
  return (
    <AppShell screen="missing" title={t("missing.title")}>
      <EmptyState icon="question" title={t("missing.title")} text={t("missing.text")} isPage>
        <Link href="/">{t("missing.home")}</Link>
      </EmptyState>
    </AppShell>
  );
}
