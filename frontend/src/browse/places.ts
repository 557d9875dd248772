/** What the command palette can go to: everything the tree knows. */

import { navigate } from "wouter/use-browser-location";
import { offerPlaces, type Place } from "../commands/places";
import { t } from "../i18n";
import { currentTree, treeRows } from "./treeStore";

offerPlaces((): Place[] => {
  const places: Place[] = [];
  for (const row of treeRows(currentTree())) {
    if (!("number" in row)) continue;
    places.push({
      id: `${row.kind} ${row.number} ${row.parent ?? ""}`,
      title: row.container.name,
      group: t(`palette.${row.kind}`),
      icon: row.kind,
      run: () => navigate(`/${row.kind}/${row.number}`),
    });
  }
  return places;
});
