/** Whether this machine writes Mod as the command key. */
export const isApple =
  typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

const NAMED: Record<string, string> = { " ": "Space", Esc: "Escape", Del: "Delete" };

/** What a person pressed, in the form that commands are written in: `Mod+Shift+K`, `?`, `ArrowUp`. */
export function pressed(event: KeyboardEvent): string {
  const key = keyName(event);
  const isSymbol = key.length === 1 && key.toLowerCase() === key.toUpperCase();
  const parts = [
    (isApple ? event.metaKey : event.ctrlKey) ? "Mod" : "",
    (isApple ? event.ctrlKey : event.metaKey) ? (isApple ? "Ctrl" : "Meta") : "",
    event.altKey ? "Alt" : "",
    // Which symbols need Shift depends on the layout, so a symbol stands for itself.
    event.shiftKey && !isSymbol ? "Shift" : "",
    key.length === 1 ? key.toUpperCase() : key,
  ];
  return parts.filter((part) => part !== "").join("+");
}

function keyName(event: KeyboardEvent): string {
  // Digits keep their name under Shift and Alt, where layouts print other characters.
  const digit = /^Digit(\d)$/.exec(event.code)?.[1];
  if (digit !== undefined && (event.shiftKey || event.altKey)) return `D${digit}`;
  if (event.altKey && event.code === "Comma") return ",";
  if (event.altKey && event.code === "Period") return ".";
  return NAMED[event.key] ?? event.key;
}

const LABELS: Record<string, string> = {
  Mod: isApple ? "⌘" : "Ctrl",
  Alt: isApple ? "⌥" : "Alt",
  Shift: "Shift",
  ArrowLeft: "Left",
  ArrowRight: "Right",
  ArrowUp: "Up",
  ArrowDown: "Down",
  Escape: "Esc",
  Delete: "Del",
  PageUp: "PgUp",
  PageDown: "PgDn",
};

/** A key as it is shown: `Mod+K` → `Ctrl K`; a chord `G H` → `G then H`. */
export function keyLabel(key: string): string {
  return key
    .split(" ")
    .map((stroke) => strokeParts(stroke).map(partLabel).join(" "))
    .join(" then ");
}

function strokeParts(stroke: string): string[] {
  // The key itself may be "+".
  return stroke.endsWith("+")
    ? [...stroke.slice(0, -1).split("+").filter(Boolean), "+"]
    : stroke.split("+");
}

function partLabel(part: string): string {
  const digit = /^D(\d)$/.exec(part)?.[1];
  return digit ?? LABELS[part] ?? part;
}

/** Whether the person is typing text, so that single keys are text and not commands. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !NOT_TEXT.has(target.type);
}

const NOT_TEXT = new Set([
  "checkbox",
  "radio",
  "range",
  "button",
  "submit",
  "reset",
  "color",
  "file",
]);
