import { command } from "../commands/registry";
import { t } from "../i18n";
import { useImporting } from "./state";

command("import.choose", t("command.import"), ["U"], "everywhere", () =>
  useImporting.getState().choose(),
);
command("import.tray", t("command.jobs"), ["J"], "browser", () =>
  useImporting.getState().toggleTray(),
);
