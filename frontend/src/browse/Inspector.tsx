import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense } from "react";
import { Link } from "wouter";
import { asApiError } from "../api/errors";
import { gql } from "../api/gql";
import { t } from "../i18n";
import { EmptyState } from "../ui/EmptyState";
import { useRested } from "../ui/useRested";
import { type ImageCard, type ImageFacts, imageFacts } from "./documents";
import { bytes, fullName, longSize, moment, quantity, shortSize } from "./facts";
import styles from "./Inspector.module.css";
import { globalId, numberOf } from "./ids";
import { thumbnailAt } from "./thumbnail";

const ThingDetails = lazy(async () => ({
  default: (await import("../inspect/ThingDetails")).ThingDetails,
}));

/** What is known about the selection, or without one about the thing that is shown. */
export function Inspector({
  type,
  selected,
  count,
  thing,
  cardOf,
}: {
  type: "Image" | "Dataset" | "Plate";
  selected: readonly string[];
  count: number;
  /** Global id of the thing that the screen is about. */
  thing: string | null;
  cardOf(number: string): ImageCard | undefined;
}) {
  const last = selected.at(-1);
  if (count > 1) return <ManyImages selected={selected} count={count} cardOf={cardOf} />;
  if (last !== undefined && type === "Image") return <OneImage number={last} card={cardOf(last)} />;
  const id = last === undefined ? thing : `${type}:${last}`;
  if (id === null) return <p className={styles.none}>{t("inspector.noneText")}</p>;
  return (
    <div className={styles.inspector}>
      <Suspense fallback={<FactsSkeleton />}>
        <ThingDetails key={id} id={id} isNamed />
      </Suspense>
    </div>
  );
}

function OneImage({ number, card }: { number: string; card: ImageCard | undefined }) {
  const id = globalId("Image", number);
  const { data, error, isPending } = useQuery({
    queryKey: ["image facts", id],
    queryFn: ({ signal }) => gql(imageFacts, { id }, { signal }),
    // Someone who walks along with the arrow keys asks only where they stop.
    enabled: useRested(number),
  });
  if (error !== null) {
    return (
      <EmptyState
        icon="warning"
        title={asApiError(error).message}
        text={asApiError(error).remedy ?? undefined}
        isAlert
      />
    );
  }
  if (data?.image === null) {
    return (
      <EmptyState icon="question" title={t("error.noImage", { number })} text={t("error.hidden")} />
    );
  }
  const image = data?.image;
  const name = image?.name ?? card?.name ?? "";
  const thumbnail = image?.thumbnailUrl ?? card?.thumbnailUrl;
  return (
    <div className={styles.inspector} aria-busy={isPending}>
      <Link
        href={`/i/${number}`}
        className={styles.preview}
        aria-label={t("inspector.open", { name })}
      >
        {card !== undefined && (
          <img src={thumbnailAt(card.thumbnailUrl, 144)} alt="" className={styles.under} />
        )}
        {thumbnail !== undefined && (
          <img src={thumbnailAt(thumbnail, 280)} alt="" className={styles.over} decoding="async" />
        )}
      </Link>
      <h2 className={styles.name}>{name}</h2>
      {image?.description != null && image.description !== "" && (
        <p className={styles.description}>{image.description}</p>
      )}
      {image === undefined ? <FactsSkeleton /> : <ImageDetails image={image} />}
      {image !== undefined && (
        <Suspense fallback={<FactsSkeleton />}>
          <ThingDetails key={image.id} id={image.id} />
        </Suspense>
      )}
    </div>
  );
}

function ImageDetails({ image }: { image: ImageFacts }) {
  const { pixels, fileset } = image;
  return (
    <>
      <dl className={styles.facts}>
        {pixels !== null && (
          <>
            <Fact name={t("fact.size")}>{longSize(pixels)}</Fact>
            {pixels.physicalSizeX !== null && (
              <Fact name={t("fact.pixel")}>{pixelSize(pixels)}</Fact>
            )}
            <Fact name={t("fact.type")}>{pixels.type.toLowerCase()}</Fact>
          </>
        )}
        {pixels?.timeIncrement != null && (
          <Fact name={t("fact.interval")}>{quantity(pixels.timeIncrement)}</Fact>
        )}
        {pixels !== null && pixels.levels.length > 1 && (
          <Fact name={t("fact.pyramid")}>{t("fact.levels", { count: pixels.levels.length })}</Fact>
        )}
        {image.acquisitionDate !== null && (
          <Fact name={t("fact.acquired")}>{moment(image.acquisitionDate)}</Fact>
        )}
        <Fact name={t("fact.imported")}>{moment(image.created.time)}</Fact>
        <Fact name={t("fact.owner")}>{fullName(image.owner)}</Fact>
        <Fact name={t("fact.group")}>{image.group.name}</Fact>
        {image.datasets.nodes.length > 0 && (
          <Fact name={t("fact.datasets", { count: image.datasets.nodes.length })}>
            {image.datasets.nodes.map((dataset) => (
              <Link key={dataset.id} href={`/dataset/${numberOf(dataset.id)}`}>
                {dataset.name}
              </Link>
            ))}
          </Fact>
        )}
      </dl>
      <Channels image={image} />
      {fileset !== null && <Files fileset={fileset} />}
    </>
  );
}

/** `0.108 µm`, or each axis where they differ; Z after it. */
function pixelSize(pixels: NonNullable<ImageFacts["pixels"]>): string {
  const [x, y, z] = [pixels.physicalSizeX, pixels.physicalSizeY, pixels.physicalSizeZ].map(
    (size) => (size === null ? "" : quantity(size)),
  );
  const plane = x === y || y === "" ? x : `${x ?? ""} × ${y ?? ""}`;
  return z === "" ? (plane ?? "") : t("fact.pixelAndZ", { plane: plane ?? "", z: z ?? "" });
}

function Channels({ image }: { image: ImageFacts }) {
  const channels = image.rendering?.channels ?? [];
  if (channels.length === 0) return null;
  const waves = new Map(
    image.pixels?.channels.map((each) => [each.index, each.emissionWavelength]),
  );
  return (
    <section className={styles.section}>
      <h3>{t("inspector.channels", { count: channels.length })}</h3>
      <ul className={styles.channels}>
        {channels.map(({ index, label, color }) => {
          const wave = waves.get(index);
          return (
            <li key={index}>
              <span className={styles.swatch} style={{ background: color }} />
              <span className={styles.channel}>{label}</span>
              {wave != null && <span className={styles.muted}>{quantity(wave)}</span>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const FILES_SHOWN = 12;

function Files({ fileset }: { fileset: NonNullable<ImageFacts["fileset"]> }) {
  const rest = fileset.files.length - FILES_SHOWN;
  const size = fileset.files.reduce((sum, file) => sum + file.size, 0);
  return (
    <section className={styles.section}>
      <h3>
        {t("inspector.files", { count: fileset.files.length })}
        <span className={styles.muted}>
          {fileset.format} · {bytes(size)}
        </span>
      </h3>
      <ul>
        {fileset.files.slice(0, FILES_SHOWN).map((file) => (
          <li key={file.id} className={styles.file} title={file.path}>
            <span className={styles.fileName}>{file.name}</span>
            <span className={styles.muted}>{bytes(file.size)}</span>
          </li>
        ))}
      </ul>
      {rest > 0 && <p className={styles.muted}>{t("inspector.moreFiles", { count: rest })}</p>}
    </section>
  );
}

function ManyImages({
  selected,
  count,
  cardOf,
}: {
  selected: readonly string[];
  count: number;
  cardOf(number: string): ImageCard | undefined;
}) {
  const cards = selected.map(cardOf).filter((card) => card !== undefined);
  const pixels = cards.map((card) => card.pixels).filter((each) => each !== null);
  return (
    <div className={styles.inspector}>
      <div className={styles.stack} aria-hidden="true">
        {cards.slice(-4).map((card) => (
          <img key={card.id} src={thumbnailAt(card.thumbnailUrl, 144)} alt="" />
        ))}
      </div>
      <h2 className={styles.name}>{t("count.selected", { count })}</h2>
      {pixels.length > 0 && pixels.length === count && (
        <dl className={styles.facts}>
          <Fact name={t("fact.size")}>{common(pixels.map(shortSize))}</Fact>
          <Fact name={t("fact.type")}>{common(pixels.map((each) => each.type.toLowerCase()))}</Fact>
          <Fact name={t("fact.channels")}>{common(pixels.map((each) => String(each.sizeC)))}</Fact>
        </dl>
      )}
    </div>
  );
}

function common(values: readonly string[]): string {
  const different = new Set(values);
  return different.size === 1 ? (values[0] ?? "") : t("inspector.mixed", { count: different.size });
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function FactsSkeleton() {
  return (
    <div className={styles.skeleton} aria-hidden="true">
      {["82%", "64%", "70%", "48%"].map((width) => (
        <span key={width} style={{ width }} />
      ))}
    </div>
  );
}
