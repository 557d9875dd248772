import { useEffect, useState } from "react";
import { useCommandHandlers } from "../../commands/registry";
import { Button } from "../../ui/Button";
import { w, type Word } from "../words";

/** How long the button says what it did. */
const SAID_MS = 2000;

/** Copies the address, which is the view. */
export function ShareButton() {
  const [said, setSaid] = useState<Word | null>(null);
  const share = (): void => {
    copied(window.location.href).then(
      () => setSaid("share.done"),
      () => setSaid("share.failed"),
    );
  };
  useCommandHandlers({ "viewer.share": share });
  useEffect(() => {
    if (said === null) return undefined;
    const timer = window.setTimeout(() => setSaid(null), SAID_MS);
    return () => window.clearTimeout(timer);
  }, [said]);
  return (
    <Button icon={said === "share.done" ? "check" : "link"} look="outline" onPress={share}>
      <span aria-live="polite">{w(said ?? "share.label")}</span>
    </Button>
  );
}

/** Browsers hide the clipboard from pages without TLS; those are told to copy themselves. */
async function copied(text: string): Promise<void> {
  if (!navigator.clipboard) throw new Error("no clipboard");
  await navigator.clipboard.writeText(text);
}
