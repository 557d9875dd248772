import { useQuery } from "@tanstack/react-query";
import { asApiError } from "../api/errors";
import { gql } from "../api/gql";
import { thumbnailAt } from "../browse/thumbnail";
import { EmptyState } from "../ui/EmptyState";
import { useRested } from "../ui/useRested";
import { type WellRow, wellFacts } from "./documents";
import { number } from "./Legend";
import { type Colouring, numbersOf } from "./measures";
import styles from "./Plate.module.css";
import { w } from "./words";

interface Props {
  /** The focused well; undefined where the plate has none at that place. */
  well: WellRow | undefined;
  label: string;
  /** Number of the run that is shown; null for all. */
  run: string | null;
  /** All that are selected. */
  many: readonly WellRow[];
  colouring: Colouring | null;
  measure: string;
  onOpenField(index: number, image: string, inNewTab: boolean): void;
}

/** What is known about the focused well, with its fields; of several, what their values are. */
export function WellInspector(props: Props) {
  const { well, label, many } = props;
  if (label === "") return <p className={styles.none}>{w("inspector.none")}</p>;
  if (many.length > 1) return <ManyWells {...props} />;
  if (well === undefined) return <p className={styles.none}>{w("inspector.noWell", { label })}</p>;
  return <OneWell {...props} well={well} />;
}

function OneWell({ well, label, run, onOpenField }: Props & { well: WellRow }) {
  const isRested = useRested(well.id);
  const { data, error, isPending } = useQuery({
    queryKey: ["well facts", well.id],
    queryFn: ({ signal }) => gql(wellFacts, { id: well.id }, { signal }),
    // Someone who walks along with the arrow keys asks only where they stop.
    enabled: isRested,
  });
  if (error !== null)
    return <EmptyState icon="warning" title={asApiError(error).message} isAlert />;
  const facts = data?.well;
  const fields = (facts?.wellSamples.nodes ?? []).filter(
    ({ plateAcquisition }) => run === null || plateAcquisition?.id === `PlateAcquisition:${run}`,
  );
  const comments = facts?.comments.nodes ?? [];
  const reagents = facts?.reagents ?? [];
  const isBare = well.keyValues.length + well.tags.length + comments.length + reagents.length === 0;
  return (
    <div className={styles.inspector} aria-busy={isPending}>
      <h2 className={styles.wellName}>{label}</h2>
      {well.type !== null && <Fact name={w("inspector.type")}>{well.type}</Fact>}
      {well.status !== null && <Fact name={w("inspector.status")}>{well.status}</Fact>}
      {facts?.externalDescription != null && <p>{facts.externalDescription}</p>}
      <h3>{w("inspector.fields", { count: well.fieldCount })}</h3>
      <ul className={styles.fields}>
        {fields.map(({ id, image }, index) => {
          if (image === null) return null;
          const opened = image.id.slice(image.id.indexOf(":") + 1);
          return (
            <li key={id}>
              <a
                href={`/i/${opened}`}
                className={styles.field}
                aria-label={w("inspector.field", { number: index + 1, label })}
                onClick={(event) => {
                  event.preventDefault();
                  onOpenField(index, opened, event.ctrlKey || event.metaKey);
                }}
              >
                <img src={thumbnailAt(image.thumbnailUrl, 128)} alt="" decoding="async" />
                <span aria-hidden="true">{index + 1}</span>
              </a>
            </li>
          );
        })}
      </ul>
      {facts !== undefined && fields.length === 0 && (
        <p className={styles.muted}>{w("inspector.noFields")}</p>
      )}
      {well.keyValues.length > 0 && (
        <>
          <h3>{w("inspector.annotations")}</h3>
          <dl className={styles.facts}>
            {well.keyValues.map((pair, at) => (
              // The same key may be there twice.
              // oxlint-disable-next-line react/no-array-index-key
              <div key={at}>
                <dt>{pair.key}</dt>
                <dd>{pair.value}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {well.tags.length > 0 && (
        <>
          <h3>{w("inspector.tags", { count: well.tags.length })}</h3>
          <ul className={styles.tags}>
            {well.tags.map(({ textValue }) => (
              <li key={textValue}>{textValue}</li>
            ))}
          </ul>
        </>
      )}
      {reagents.length > 0 && (
        <>
          <h3>{w("inspector.reagents", { count: reagents.length })}</h3>
          <ul>
            {reagents.map(({ id, name, description }) => (
              <li key={id} title={description ?? undefined}>
                {name}
              </li>
            ))}
          </ul>
        </>
      )}
      {comments.length > 0 && (
        <>
          <h3>{w("inspector.comments", { count: comments.length })}</h3>
          <ul>
            {comments.map(({ id, textValue }) => (
              <li key={id}>{textValue}</li>
            ))}
          </ul>
        </>
      )}
      {facts !== undefined && isBare && <p className={styles.muted}>{w("inspector.nothing")}</p>}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <p>
      <span className={styles.muted}>{name}</span> {children}
    </p>
  );
}

function ManyWells({ many, colouring, measure }: Props) {
  const numbers = measure.startsWith("kv:") ? numbersOf(many, measure) : [];
  const tags = new Map<string, number>();
  for (const well of many)
    for (const { textValue } of well.tags)
      if (textValue !== null) tags.set(textValue, (tags.get(textValue) ?? 0) + 1);
  const unit = colouring?.scale.kind === "numbers" ? colouring.scale.unit : null;
  return (
    <div className={styles.inspector}>
      <h2 className={styles.wellName}>{w("inspector.many", { count: many.length })}</h2>
      {numbers.length > 0 && (
        <>
          <h3>{measure.slice(3)}</h3>
          <p>
            {w("inspector.range", {
              low: number(Math.min(...numbers), unit),
              high: number(Math.max(...numbers), unit),
            })}
          </p>
          <p>
            {w("inspector.mean", {
              value: number(numbers.reduce((sum, each) => sum + each, 0) / numbers.length, unit),
            })}
          </p>
        </>
      )}
      {tags.size > 0 && (
        <>
          <h3>{w("inspector.tags", { count: tags.size })}</h3>
          <ul className={styles.tags}>
            {[...tags].map(([name, count]) => (
              <li key={name}>
                {name}{" "}
                <span className={styles.muted}>{`${String(count)}/${String(many.length)}`}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
