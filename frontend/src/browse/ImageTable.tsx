import type { ReactNode } from "react";
import { decimal, t } from "../i18n";
import { classes } from "../ui/classes";
import { Icon } from "../ui/Icon";
import type { ImageCard } from "./documents";
import { moment, planeSize } from "./facts";
import styles from "./ImageTable.module.css";
import { keyOfSort, partsOf, sortedBy } from "./orders";
import { sortName } from "./SortMenu";
import { thumbnailAt } from "./thumbnail";
import type { By, Sort } from "./urlState";
import type { GridShape } from "./VirtualGrid";

export const tableShape: GridShape = {
  cellWidth: Number.POSITIVE_INFINITY,
  gap: 0,
  padding: () => 0,
  cellHeight: () => 36,
};

/** Class of the rows: there is a column more for a rating or value that they are sorted by. */
export function rowClassOf(sort: Sort): string {
  return classes(styles.cells, hasOwnColumn(sort) && styles.wide);
}

export function hasOwnColumn(sort: Sort): boolean {
  return keyOfSort(sort) !== null || partsOf(sort).by === "rating";
}

/** What the column says that is there for an order. */
export function sortedValue(image: ImageCard, sort: Sort): string {
  const key = keyOfSort(sort)?.trim().toLowerCase();
  if (key === undefined) {
    const average = image.rating?.average ?? null;
    return average === null ? "" : decimal(average);
  }
  const values = (image.keyValues ?? []).filter((pair) => pair.key.trim().toLowerCase() === key);
  return values.map((pair) => pair.value).join(", ");
}

/** One image as a row of a table. */
export function ImageRow({ image, sort }: { image: ImageCard | undefined; sort: Sort }) {
  if (image === undefined) return <span className={styles.blank} />;
  const { pixels } = image;
  return (
    <>
      <img
        className={styles.picture}
        src={thumbnailAt(image.thumbnailUrl, 28)}
        alt=""
        width={28}
        height={28}
        decoding="async"
        draggable={false}
      />
      <span className={styles.name}>{image.name}</span>
      <span className={styles.number}>{pixels === null ? "" : planeSize(pixels)}</span>
      <span className={styles.number}>{pixels?.sizeC}</span>
      <span className={styles.number}>{pixels?.sizeZ}</span>
      <span className={styles.number}>{pixels?.sizeT}</span>
      <span className={styles.type}>{pixels?.type.toLowerCase()}</span>
      <span className={styles.date}>
        {image.acquisitionDate === null ? "" : moment(image.acquisitionDate)}
      </span>
      {hasOwnColumn(sort) && <span className={styles.own}>{sortedValue(image, sort)}</span>}
    </>
  );
}

/** The names of the columns; those that the server can sort by are buttons. */
export function TableHead({ sort, onSort }: { sort: Sort; onSort(sort: Sort): void }) {
  const { by } = partsOf(sort);
  return (
    <div role="presentation" className={styles.head}>
      <div role="row" className={rowClassOf(sort)}>
        <span role="presentation" />
        <SortHead name={t("table.name")} by="name" sort={sort} onSort={onSort} />
        <SortHead name={t("table.plane")} by="pixels" isNumber sort={sort} onSort={onSort} />
        <Head isNumber>C</Head>
        <Head isNumber>Z</Head>
        <Head isNumber>T</Head>
        <Head>{t("table.type")}</Head>
        <SortHead name={t("table.acquired")} by="acquired" sort={sort} onSort={onSort} />
        {hasOwnColumn(sort) && (
          <SortHead name={sortName(by)} by={by} isOwn sort={sort} onSort={onSort} />
        )}
      </div>
    </div>
  );
}

function Head({ isNumber = false, children }: { isNumber?: boolean; children: ReactNode }) {
  return (
    <span role="columnheader" className={isNumber ? styles.number : undefined}>
      {children}
    </span>
  );
}

function SortHead({
  name,
  by,
  isNumber = false,
  isOwn = false,
  sort,
  onSort,
}: {
  name: string;
  by: By;
  isNumber?: boolean;
  isOwn?: boolean;
  sort: Sort;
  onSort(sort: Sort): void;
}) {
  const direction = sort === by ? "ascending" : sort === `-${by}` ? "descending" : "none";
  return (
    <span
      role="columnheader"
      aria-sort={direction}
      className={classes(isNumber && styles.number, isOwn && styles.own)}
    >
      <button type="button" className={styles.sort} onClick={() => onSort(sortedBy(by, sort))}>
        <span className={styles.sortName}>{name}</span>
        {direction !== "none" && (
          <Icon name={direction === "ascending" ? "arrowUp" : "arrowDown"} size={12} />
        )}
      </button>
    </span>
  );
}
