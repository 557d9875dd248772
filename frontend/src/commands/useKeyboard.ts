import { useEffect } from "react";
import { isTyping, pressed } from "./keys";
import { allCommands, canRun, type Context, runCommand } from "./registry";

const CHORD_MS = 1200;
/** What text fields do with these keys is what the person means there. */
const EDITING = /^Mod\+(Shift\+)?[ACVXYZ]$/;

/** Hear the keys of the commands that hold in a context, for as long as the screen is there. */
export function useKeyboard(context: Context): void {
  useEffect(() => {
    let prefix = "";
    let timer = 0;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const stroke = pressed(event);
      const isPlain =
        !/^(Mod|Ctrl|Meta)\+/.test(stroke) && stroke !== "F6" && stroke !== "Shift+F6";
      if (isTyping(event.target) && (isPlain || EDITING.test(stroke))) return;
      if (document.querySelector("[data-modal]") !== null && isPlain) return;
      const heard = prefix === "" ? stroke : `${prefix} ${stroke}`;
      window.clearTimeout(timer);
      prefix = "";
      const mine = allCommands().filter(
        (each) =>
          !each.local && (each.when === context || each.when === "everywhere") && canRun(each.id),
      );
      const match = mine.find((each) => each.keys.includes(heard));
      if (match !== undefined) {
        event.preventDefault();
        runCommand(match.id);
      } else if (mine.some((each) => each.keys.some((key) => key.startsWith(`${heard} `)))) {
        prefix = heard;
        timer = window.setTimeout(() => {
          prefix = "";
        }, CHORD_MS);
      }
    };
    window.addEventListener("keydown", onKeyDown);
    return () => {
      window.clearTimeout(timer);
      window.removeEventListener("keydown", onKeyDown);
    };
  }, [context]);
}
