import { useEffect, useState } from "react";
import { Link } from "wouter";
import type { ApiError } from "../api/errors";
import { runCommand } from "../commands/registry";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import type { Scope } from "./scope";
import styles from "./states.module.css";

/** Nothing was imported yet: how to begin. */
export function FirstRun() {
  return (
    <EmptyState icon="layers" title={t("firstRun.title")} text={t("firstRun.text")}>
      <p>{t("firstRun.upload")}</p>
      <Button look="primary" icon="upload" onPress={() => runCommand("import.choose")}>
        {t("command.import")}
      </Button>
      <Command text={t("firstRun.import")} command="micrograph import PATH" />
      <Command text={t("firstRun.demo")} command="micrograph demo" />
      <p className={styles.note}>{t("firstRun.note")}</p>
    </EmptyState>
  );
}

function Command({ text, command }: { text: string; command: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = window.setTimeout(() => setCopied(false), 2000);
    return () => window.clearTimeout(timer);
  }, [isCopied]);
  const copy = (): void => {
    // Plain http has no clipboard for pages: the text can still be selected by hand.
    void navigator.clipboard?.writeText(command).then(() => setCopied(true));
  };
  return (
    <div className={styles.command}>
      <p>{text}</p>
      <div className={styles.line}>
        <code>{command}</code>
        <Button look="outline" icon={isCopied ? "check" : "copy"} onPress={copy}>
          {t(isCopied ? "action.copied" : "action.copy")}
        </Button>
      </div>
    </div>
  );
}

/** A project without datasets, a dataset without images, no orphans. */
export function EmptyScope({ scope }: { scope: Scope }) {
  if (scope.kind === "everything") return <FirstRun />;
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
