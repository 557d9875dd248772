import { useEffect, useState } from "react";
import { t } from "../i18n";
import { Button } from "./Button";

const SAID_MS = 2000;

/** Copies a text. Plain http has no clipboard for pages, so the text must also stand on the page. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const [said, setSaid] = useState<"action.copied" | "action.copyByHand" | null>(null);
  useEffect(() => {
    if (said === null) return undefined;
    const timer = window.setTimeout(() => setSaid(null), SAID_MS);
    return () => window.clearTimeout(timer);
  }, [said]);
  const copy = (): void => {
    copied(text).then(
      () => setSaid("action.copied"),
      () => setSaid("action.copyByHand"),
    );
  };
  return (
    <Button look="outline" icon={said === "action.copied" ? "check" : "copy"} onPress={copy}>
      <span aria-live="polite">{said === null ? (label ?? t("action.copy")) : t(said)}</span>
    </Button>
  );
}

async function copied(text: string): Promise<void> {
  if (!navigator.clipboard) throw new Error("no clipboard");
  await navigator.clipboard.writeText(text);
}
