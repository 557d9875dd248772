import { navigate } from "wouter/use-browser-location";
import { command } from "../commands/registry";
import { t } from "../i18n";
import { redo, undo } from "../ui/undo";
import { usePreferences } from "./preferences";

const setTheme = (theme: "dark" | "light" | "system") => (): void =>
  usePreferences.getState().setTheme(theme);

command("shell.palette", t("command.palette"), ["Mod+K"], "everywhere");
command("shell.shortcuts", t("command.shortcuts"), ["?"], "everywhere");
command("shell.inspector", t("command.inspector"), ["I"], "everywhere");
command("shell.sidebar", t("command.sidebar"), ["Mod+B"], "everywhere");
command("shell.nextRegion", t("command.nextRegion"), ["F6"], "everywhere");
command("shell.previousRegion", t("command.previousRegion"), ["Shift+F6"], "everywhere");
// G is grey in the viewer, so the chords hold outside it only.
command("go.home", t("command.home"), ["G H", "G B"], "browser", () => navigate("/"));
command("go.orphaned", t("command.orphaned"), ["G O"], "browser", () => navigate("/orphaned"));
command("go.account", t("command.account"), ["G M"], "browser", () => navigate("/account"));
command("go.welcome", t("command.welcome"), [], "browser", () => navigate("/welcome"));
command("admin.users", t("command.users"), ["G A"], "browser");
command("admin.groups", t("command.groups"), ["G G"], "browser", () => navigate("/admin/groups"));
command("admin.storage", t("command.storage"), [], "browser");
command("admin.audit", t("command.audit"), [], "browser");
command("admin.jobs", t("command.adminJobs"), [], "browser");
command("admin.newUser", t("command.newUser"), [], "browser");
command("admin.newGroup", t("command.newGroup"), [], "browser");
command("browse.query", t("browse.query"), ["Q"], "everywhere");
command("go.plates", t("command.plates"), ["G P"], "browser", () => navigate("/plates"));
command("go.figures", t("command.figures"), ["G F"], "browser", () => navigate("/figures"));
command("go.figure", t("command.figure"), [], "everywhere", () => navigate("/figure"));
command("export.open", t("command.export"), ["Shift+E"], "everywhere");
command("export.figure", t("command.makeFigure"), ["Alt+F"], "everywhere");
command("export.split", t("command.split"), [], "everywhere");
command("go.developer", t("command.developer"), ["G Q"], "browser", () => {
  window.location.assign("/graphql");
});
command("session.stopActing", t("acting.stop"), [], "everywhere");
command("theme.dark", t("command.dark"), [], "everywhere", setTheme("dark"));
command("theme.light", t("command.light"), [], "everywhere", setTheme("light"));
command("theme.system", t("command.system"), [], "everywhere", setTheme("system"));
// The viewer has a history of its own.
command("edit.undo", t("command.undo"), ["Mod+Z"], "browser", () => void undo());
command("edit.redo", t("command.redo"), ["Mod+Shift+Z", "Mod+Y"], "browser", () => void redo());
