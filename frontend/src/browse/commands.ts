import { navigate } from "wouter/use-browser-location";
import { command } from "../commands/registry";
import { t } from "../i18n";
import { ask } from "../organise/state";

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
command("browse.filter", t("browse.filter"), ["/"], "browser");
command("browse.unfilter", t("filter.clear"), [], "browser");
command("browse.facets", t("browse.facets"), ["F"], "browser");
command("change.tag", t("change.tag"), ["T"], "browser");
command("change.pairs", t("change.pairs"), ["K"], "browser");
command("change.comment", t("change.comment"), ["C"], "browser");
command("change.rate", t("change.rate"), ["R"], "browser");
command("change.move", t("change.move"), ["M"], "browser");
command("change.cut", t("change.cut"), ["Mod+X"], "browser", undefined, LOCAL);
command("change.copy", t("change.copy"), ["Mod+C"], "browser", undefined, LOCAL);
command("change.paste", t("change.paste"), ["Mod+V"], "browser", undefined, LOCAL);
command("change.unlink", t("change.unlink"), [], "browser");
command("change.delete", t("change.delete"), ["Delete"], "browser");
command("change.rename", t("change.rename"), ["F2"], "browser");
command("browse.csv", t("csv.all"), ["Shift+M"], "browser");
command("browse.csvSelected", t("csv.selected"), [], "browser");
command("change.download", t("change.download"), [], "browser");
command("change.newProject", t("change.newProject"), [], "browser", () =>
  ask({ kind: "newProject" }),
);
command("change.newDataset", t("change.newDataset"), ["N"], "browser");
command("go.trash", t("command.trash"), ["G D"], "browser", () => navigate("/trash"));
command("go.search", t("command.search"), ["G S"], "browser", () => navigate("/search"));
