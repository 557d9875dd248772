import { command } from "../commands/registry";
import { t } from "../i18n";

const LOCAL = { local: true };

command("browse.open", t("browse.open"), ["Enter"], "browser", undefined, LOCAL);
command("browse.openTab", t("browse.openTab"), ["Mod+Enter"], "browser", undefined, LOCAL);
command("browse.toggle", t("browse.toggle"), ["Space", "X"], "browser", undefined, LOCAL);
command("browse.all", t("browse.all"), ["Mod+A"], "browser", undefined, LOCAL);
command("browse.clear", t("browse.clear"), ["Escape"], "browser", undefined, LOCAL);
command(
  "browse.move",
  t("browse.move"),
  ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"],
  "browser",
  undefined,
  LOCAL,
);
command(
  "browse.extend",
  t("browse.extend"),
  ["Shift+ArrowLeft", "Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowDown"],
  "browser",
  undefined,
  LOCAL,
);
command("browse.grid", t("browse.grid"), ["Shift+D1"], "browser");
command("browse.table", t("browse.table"), ["Shift+D2"], "browser");
command("browse.larger", t("browse.larger"), ["+", "="], "browser");
command("browse.smaller", t("browse.smaller"), ["-"], "browser");
command("browse.reload", t("browse.reload"), ["Shift+L"], "browser");
