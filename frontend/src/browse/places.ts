/** What the command palette can go to: everything the tree knows. */

import { navigate } from "wouter/use-browser-location";
import { offerPlaces, type Place } from "../commands/places";
import { t } from "../i18n";
import { currentTree, treeRows } from "./treeStore";

offerPlaces((): Place[] => {
  const places: Place[] = [];
  for (const row of treeRows(currentTree())) {
    if (row.kind !== "project" && row.kind !== "dataset") continue;
    places.push({
      id: `${row.kind} ${row.number} ${String(row.level)} ${"parent" in row ? (row.parent ?? "") : ""}`,
      title: row.container.name,
      group: t(row.kind === "project" ? "palette.project" : "palette.dataset"),
      icon: row.kind,
      run: () => navigate(`/${row.kind}/${row.number}`),
    });
  }
  return places;
});
