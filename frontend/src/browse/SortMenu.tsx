import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { gql } from "../api/gql";
import type { ImageFilter } from "../api/generated/graphql";
import { type Message, t } from "../i18n";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { MenuButton, type MenuEntry } from "../ui/Overlay";
import { keysOfImages } from "./facetDocuments";
import { keyOfSort, partsOf, SORTED, sortedBy } from "./orders";
import styles from "./Toolbar.module.css";
import type { By, Sort } from "./urlState";

const NAMES: Record<Exclude<By, `kv:${string}`>, Message> = {
  name: "sort.name",
  acquired: "sort.acquired",
  id: "sort.id",
  pixels: "sort.pixels",
  size: "sort.size",
  rating: "sort.rating",
  count: "sort.count",
};

/** What something to sort by is called. */
export function sortName(by: By): string {
  return by.startsWith("kv:") ? by.slice(3) : t(NAMES[by as keyof typeof NAMES]);
}

/** By what the list is sorted: what all have, the keys of key–values, and the direction. */
export function SortMenu({
  sort,
  listed,
  filter,
  onSort,
}: {
  sort: Sort;
  listed: keyof typeof SORTED;
  /** The images that are shown, whose keys are offered. */
  filter: ImageFilter;
  onSort(sort: Sort): void;
}) {
  const [isOpened, setOpened] = useState(false);
  const { data } = useQuery({
    queryKey: ["facets", "keys to sort by", filter],
    queryFn: ({ signal }) => gql(keysOfImages, { filter }, { signal }),
    enabled: isOpened && listed === "Image",
  });
  const { by, isDown } = partsOf(sort);
  const chosen = keyOfSort(sort);
  const found = (data?.images.facet.values ?? []).map(({ value }) => value);
  const keys = chosen === null || found.includes(chosen) ? found : [chosen, ...found];
  const entry = (each: By): MenuEntry => ({
    id: each,
    label: sortName(each),
    isChosen: each === by,
    run: () => onSort(sortedBy(each, sort)),
  });
  const turned = (down: boolean): MenuEntry => ({
    id: down ? "down" : "up",
    label: t(down ? "sort.down" : "sort.up"),
    isChosen: down === isDown,
    run: () => onSort(down ? `-${by}` : by),
  });
  const direction = t(isDown ? "sort.down" : "sort.up");
  return (
    <MenuButton
      label={t("sort.label")}
      onOpenChange={(open) => open && setOpened(true)}
      entries={[
        ...SORTED[listed].map(entry),
        ...(keys.length === 0 ? [] : [null, ...keys.map((key) => entry(`kv:${key}`))]),
        null,
        turned(false),
        turned(true),
      ]}
      trigger={
        <Button
          look="outline"
          className={styles.sort}
          aria-label={t("sort.by", { name: sortName(by), direction })}
        >
          <Icon name={isDown ? "arrowDown" : "arrowUp"} size={12} />
          <span className={styles.sortName}>{sortName(by)}</span>
          <Icon name="chevronDown" size={12} />
        </Button>
      }
    />
  );
}
