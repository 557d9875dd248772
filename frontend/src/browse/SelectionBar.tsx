import { runCommand } from "../commands/registry";
import { t } from "../i18n";
import type { Targets } from "../organise/targets";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { MenuButton, type MenuEntry } from "../ui/Overlay";
import styles from "./BrowsePage.module.css";
import { clip } from "./clipboard";

/** More things than fit into an address are downloaded through a dialog of their own. */
const DOWNLOAD_MAX = 200;

const run = (id: string) => (): void => void runCommand(id);

/** How many are selected, and what can be done with them. */
export function SelectionBar({
  count,
  total,
  isWhole,
  targets,
  onAll,
  onClear,
}: {
  count: number;
  total: number;
  isWhole: boolean;
  targets: Targets;
  onAll(): void;
  onClear(): void;
}) {
  const ids = targets.ids ?? [];
  const more: MenuEntry[] = [
    {
      id: "comment",
      label: t("change.comment"),
      command: "change.comment",
      run: run("change.comment"),
    },
    {
      id: "rate",
      label: t("change.rate"),
      icon: "star",
      command: "change.rate",
      run: run("change.rate"),
    },
    {
      id: "cut",
      label: t("change.cut"),
      command: "change.cut",
      run: () => clip(targets, false),
    },
    {
      id: "copy",
      label: t("change.copy"),
      icon: "copy",
      command: "change.copy",
      run: () => clip(targets, true),
    },
    ...(targets.from === null
      ? []
      : [{ id: "unlink", label: t("change.unlink"), run: run("change.unlink") }]),
    ...(ids.length === 0 || ids.length > DOWNLOAD_MAX
      ? []
      : [
          {
            id: "download",
            label: t("change.download"),
            icon: "download" as const,
            href: `/archive?ids=${ids.join(",")}`,
          },
        ]),
    ...(targets.type === "Image"
      ? [
          {
            id: "csv",
            label: t("csv.selected"),
            icon: "table" as const,
            run: run("browse.csvSelected"),
          },
        ]
      : []),
    { id: "export", label: t("selection.export"), command: "export.open", run: run("export.open") },
    {
      id: "figure",
      label: t("selection.figure"),
      command: "export.figure",
      run: run("export.figure"),
    },
    {
      id: "delete",
      label: t("change.delete"),
      icon: "trash",
      command: "change.delete",
      run: run("change.delete"),
    },
  ];
  return (
    <div className={styles.selection}>
      <strong role="status">{t("selection.count", { count, total })}</strong>
      <div className={styles.changes} role="toolbar" aria-label={t("change.label")}>
        {!isWhole && count < total && (
          <Button look="outline" onPress={onAll}>
            {t("selection.all", { count: total })}
          </Button>
        )}
        <Button look="outline" command="change.tag" onPress={run("change.tag")}>
          {t("change.tag")}
        </Button>
        <Button look="outline" command="change.pairs" onPress={run("change.pairs")}>
          {t("change.pairs")}
        </Button>
        <Button look="outline" command="change.move" onPress={run("change.move")}>
          {t("change.move")}
        </Button>
        <MenuButton
          label={t("change.more")}
          entries={more}
          trigger={
            <Button look="outline">
              {t("change.more")}
              <Icon name="chevronDown" size={12} />
            </Button>
          }
        />
      </div>
      <Button command="browse.clear" className={styles.clear} onPress={onClear}>
        {t("selection.clear")}
      </Button>
    </div>
  );
}
