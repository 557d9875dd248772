import { t } from "../i18n";
import { classes } from "../ui/classes";
import { Icon } from "../ui/Icon";
import styles from "./cards.module.css";
import type { ContainerCard, ImageCard } from "./documents";
import { shortSize } from "./facts";
import { fitted } from "./fitted";
import { thumbnailAt } from "./thumbnail";
import type { GridShape } from "./VirtualGrid";

const FRAME = 18;
const GAP = 8;
const padding = (width: number): number => (width < 480 ? 6 : 16);

/** Cells for images with thumbnails of at least a size. */
export function imageShape(size: number): GridShape {
  const words = hasMeta(size) ? 44 : 28;
  return {
    cellWidth: size + FRAME,
    gap: GAP,
    padding,
    cellHeight: (width) => width + words,
  };
}

/** Cells for datasets, which show four images each. */
export function datasetShape(size: number): GridShape {
  return {
    cellWidth: Math.round(size * 1.3) + FRAME,
    gap: GAP,
    padding,
    cellHeight: (width) => Math.round((width - FRAME) * 0.75) + FRAME + 44,
  };
}

export const cardClass = styles.card;

function hasMeta(size: number): boolean {
  return size >= 128;
}

/** A thumbnail with its name; a frame where the image is still on its way. */
export function ImageTile({
  image,
  width,
  size,
}: {
  image: ImageCard | undefined;
  width: number;
  size: number;
}) {
  const side = width - FRAME;
  if (image === undefined) return <span className={styles.blank} style={{ height: side }} />;
  return (
    <>
      <img
        className={styles.picture}
        src={thumbnailAt(image.thumbnailUrl, side)}
        alt=""
        width={side}
        height={side}
        decoding="async"
        draggable={false}
      />
      <span aria-hidden="true" className={styles.name} title={image.name}>
        {fitted(image.name, side)}
      </span>
      {hasMeta(size) && (
        <span aria-hidden="true" className={styles.meta}>
          {image.pixels === null ? t("card.noPixels") : shortSize(image.pixels)}
        </span>
      )}
    </>
  );
}

/** The first images of a dataset or plate with its name and count. */
export function ContainerTile({
  container,
  width,
}: {
  container: ContainerCard | undefined;
  width: number;
}) {
  const height = Math.round((width - FRAME) * 0.75);
  if (container === undefined) return <span className={styles.blank} style={{ height }} />;
  const { pictures } = container;
  const isPlate = container.id.startsWith("Plate:");
  const side = width - FRAME;
  return (
    <>
      <span
        className={classes(styles.mosaic, styles[`of${String(Math.min(4, pictures.length))}`])}
        style={{ height }}
      >
        {pictures.map((url) => (
          <img
            key={url}
            src={thumbnailAt(url, pictures.length > 1 ? side / 2 : side)}
            alt=""
            decoding="async"
            draggable={false}
          />
        ))}
        {pictures.length === 0 && <Icon name={isPlate ? "plate" : "dataset"} size={32} />}
      </span>
      <span aria-hidden="true" className={styles.name} title={container.name}>
        {container.name}
      </span>
      <span aria-hidden="true" className={styles.meta}>
        {t(isPlate ? "count.wells" : "count.images", { count: container.count })}
      </span>
    </>
  );
}
