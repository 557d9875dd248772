import { lazy, Suspense, useEffect } from "react";
import { Link } from "wouter";
import type { ApiError } from "../api/errors";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import type { Scope } from "./scope";
import styles from "./states.module.css";

const FirstRun = lazy(async () => ({
  default: (await import("../learn/FirstRun")).FirstRun,
}));

/** A project without datasets, a dataset without images, no orphans. */
export function EmptyScope({ scope }: { scope: Scope }) {
  if (scope.kind === "everything") {
    return (
      <Suspense fallback={null}>
        <FirstRun />
      </Suspense>
    );
  }
  const words = {
    orphaned: ["empty.orphaned", "empty.orphanedText"],
    project: ["empty.project", "empty.projectText"],
    dataset: ["empty.dataset", "empty.datasetText"],
    screen: ["empty.screen", "empty.screenText"],
    plate: ["empty.plate", "empty.plateText"],
    tag: ["empty.tag", "empty.tagText"],
  } as const;
  const [title, text] = words[scope.kind];
  return (
    <EmptyState
      icon={scope.kind === "orphaned" ? "dataset" : scope.kind}
      title={t(title)}
      text={t(text)}
    >
      <Link href="/">{t("missing.home")}</Link>
    </EmptyState>
  );
}

/** A filter that finds nothing. */
export function NothingFound({ onClear }: { onClear(): void }) {
  return (
    <EmptyState icon="search" title={t("empty.found")} text={t("empty.foundText")}>
      <Button look="outline" onPress={onClear}>
        {t("filter.clear")}
      </Button>
    </EmptyState>
  );
}

const AGAIN_MS = 5000;

/** Why the list is not there, and what to do. */
export function ListProblem({ error, onRetry }: { error: ApiError; onRetry(): void }) {
  const isOffline = error.code === "offline";
  useEffect(() => {
    if (!isOffline) return undefined;
    // It comes back by itself; nobody has to watch it.
    const timer = window.setInterval(onRetry, AGAIN_MS);
    return () => window.clearInterval(timer);
  }, [isOffline, onRetry]);
  if (error.code === "not_found" || error.code === "not_allowed") {
    return (
      <EmptyState icon="question" title={error.message} text={t("error.hidden")} isAlert>
        <Link href="/">{t("missing.home")}</Link>
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="warning"
      title={isOffline ? t("error.offline") : error.message}
      text={isOffline ? t("error.offlineText") : (error.remedy ?? undefined)}
      isAlert
    >
      <Button look="outline" icon="retry" onPress={onRetry}>
        {t("action.retry")}
      </Button>
      {error.request !== null && (
        <p className={styles.note}>{t("error.request", { request: error.request })}</p>
      )}
    </EmptyState>
  );
}
