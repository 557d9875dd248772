/** What a person can do on a plate, beside what holds in the whole browser. */

import { command } from "../commands/registry";
import { w } from "./words";

const LOCAL = { local: true };

command("plate.previousField", w("field.previous"), ["["], "browser");
command("plate.nextField", w("field.next"), ["]"], "browser");
command("plate.show", w("command.show"), ["Shift+D3"], "browser");
command("plate.by", w("command.by"), ["Shift+C"], "browser");
command("plate.fit", w("size.fit"), ["Shift+D0"], "browser");
command("plate.tag", w("command.tag"), ["Shift+T"], "browser");
command("plate.keyValue", w("command.keyValue"), ["Shift+K"], "browser");
command("plate.row", w("command.selectRow"), ["Shift+Space"], "browser", undefined, LOCAL);
command("plate.column", w("command.selectColumn"), ["Mod+Space"], "browser", undefined, LOCAL);
