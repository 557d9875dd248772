import { command } from "../commands/registry";
import { t } from "../i18n";

// In the viewer its own Share command has these keys.
command("share.open", t("command.share"), ["Shift+S"], "browser");
