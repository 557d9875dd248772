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
  } as const;
  const [title, text] = words[scope.kind];
  return (
    <EmptyState
      icon={scope.kind === "project" ? "project" : "dataset"}
      title={t(title)}
      text={t(text)}
    >
      <Link href="/">{t("missing.home")}</Link>
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
