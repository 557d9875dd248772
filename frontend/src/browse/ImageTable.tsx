import type { ReactNode } from "react";
import { t } from "../i18n";
import { Icon } from "../ui/Icon";
import type { ImageCard } from "./documents";
import { moment, planeSize } from "./facts";
import styles from "./ImageTable.module.css";
import { thumbnailAt } from "./thumbnail";
import type { Sort } from "./urlState";
import type { GridShape } from "./VirtualGrid";

export const tableShape: GridShape = {
  cellWidth: Number.POSITIVE_INFINITY,
  gap: 0,
  padding: () => 0,
  cellHeight: () => 36,
};

export const rowClass = styles.cells;

/** One image as a row of a table. */
export function ImageRow({ image }: { image: ImageCard | undefined }) {
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
    </>
  );
}

/** The names of the columns; those that the server can sort by are buttons. */
export function TableHead({ sort, onSort }: { sort: Sort; onSort(sort: Sort): void }) {
  return (
    <div role="presentation" className={styles.head}>
      <div role="row" className={styles.cells}>
        <span role="presentation" />
        <SortHead name={t("table.name")} by="name" sort={sort} onSort={onSort} />
        <Head isNumber>{t("table.plane")}</Head>
        <Head isNumber>C</Head>
        <Head isNumber>Z</Head>
        <Head isNumber>T</Head>
        <Head>{t("table.type")}</Head>
        <SortHead name={t("table.acquired")} by="acquired" sort={sort} onSort={onSort} />
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
  sort,
  onSort,
}: {
  name: string;
  by: "name" | "acquired";
  sort: Sort;
  onSort(sort: Sort): void;
}) {
  const direction = sort === by ? "ascending" : sort === `-${by}` ? "descending" : "none";
  const next: Sort = direction === "ascending" ? `-${by}` : by;
  return (
    <span role="columnheader" aria-sort={direction}>
      <button type="button" className={styles.sort} onClick={() => onSort(next)}>
        {name}
        {direction !== "none" && (
          <Icon name={direction === "ascending" ? "arrowUp" : "arrowDown"} size={12} />
        )}
      </button>
    </span>
  );
}
