/** What was cut or copied in the browser, until it is put somewhere. */

import { create } from "zustand";
import { isApple } from "../commands/keys";
import { t } from "../i18n";
import { ask } from "../organise/state";
import type { Targets } from "../organise/targets";
import { toast } from "../ui/toasts";
import { canTake } from "./dragging";
import type { Container } from "./treeStore";

interface Clip {
  readonly targets: Targets;
  /** Copied things stay where they are, too. */
  readonly isLink: boolean;
}

export const useClip = create<{ clip: Clip | null }>()(() => ({ clip: null }));

/** Cut things, or copy them: `paste` puts them somewhere. */
export function clip(targets: Targets, isLink: boolean): void {
  if (targets.count === 0) {
    toast(t("change.need"));
    return;
  }
  useClip.setState({ clip: { targets, isLink } });
  toast(t(isLink ? "clip.copied" : "clip.cut", { count: targets.count }));
}

/** Put what was cut or copied into a thing, or say why that cannot be. */
export function paste(into: Pick<Container, "id" | "name"> | null): void {
  const { clip: held } = useClip.getState();
  if (held === null) toast(t("clip.empty"));
  else if (into === null || !canTake(into.id, held.targets.type)) toast(t("clip.wrong"));
  else {
    if (!held.isLink) useClip.setState({ clip: null });
    ask({ kind: "drop", targets: held.targets, to: into.id, name: into.name, isLink: held.isLink });
  }
}

type Stroke = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** Which of cut, copy and paste a key means; null for others, and where text is to be copied. */
export function clipKey(event: Stroke): "cut" | "copy" | "paste" | null {
  if (!(isApple ? event.metaKey : event.ctrlKey) || event.altKey || event.shiftKey) return null;
  if ((window.getSelection()?.toString() ?? "") !== "") return null;
  const keys = { x: "cut", c: "copy", v: "paste" } as const;
  return keys[event.key.toLowerCase() as keyof typeof keys] ?? null;
}
