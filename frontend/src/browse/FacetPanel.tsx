import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "../api/errors";
import type { FacetCountsQuery, ImageFilter } from "../api/generated/graphql";
import { gql } from "../api/gql";
import { integer, translator } from "../i18n";
import { classes } from "../ui/classes";
import { facets, valuesOfKey } from "./facetDocuments";
import styles from "./FacetPanel.module.css";
import { termFor, withTerm } from "./query";

const w = translator({
  "facets.label": "Counts of what is shown",
  "facets.tags": "Tags",
  "facets.keys": "Keys",
  "facets.ratings": "Ratings",
  "facets.stars": "{count} {count|star|stars}",
  "facets.owners": "Owners",
  "facets.groups": "Groups",
  "facets.channels": "Channels",
  "facets.types": "Pixel types",
  "facets.formats": "File formats",
  "facets.months": "Acquired in",
  "facets.more": "There are more: write them into the filter.",
  "facets.none": "Nothing of what is shown has tags, keys, channels or dates.",
  "facets.asking": "Counting",
  "facets.values": "Values of {key}",
});

/** How many of the shown images have what; a click narrows the list down, another widens it. */
export function FacetPanel({
  filter,
  query,
  onQuery,
}: {
  filter: ImageFilter;
  query: string;
  onQuery(query: string): void;
}) {
  const { data, error } = useQuery({
    queryKey: ["facets", filter],
    queryFn: ({ signal }) => gql(facets, { filter }, { signal }),
    placeholderData: (last) => last,
  });
  const [key, setKey] = useState<string | null>(null);
  if (error !== null) {
    return (
      <section className={styles.panel} aria-label={w("facets.label")}>
        <p role="alert">{asApiError(error).message}</p>
      </section>
    );
  }
  const found = data?.images;
  const choose = (field: string, value: string): void =>
    onQuery(withTerm(query, termFor(field, value)));
  const lists = [
    ["tag", w("facets.tags"), found?.tags],
    ["rating", w("facets.ratings"), starred(found?.ratings)],
    ["owner", w("facets.owners"), found?.owners],
    ["group", w("facets.groups"), found?.groups],
    ["channel", w("facets.channels"), found?.channels],
    ["pixel", w("facets.types"), found?.types],
    ["format", w("facets.formats"), found?.formats],
    ["acquired", w("facets.months"), found?.months],
  ] as const;
  const isNone = found !== undefined && lists.every(([, , list]) => list?.values.length === 0);
  return (
    <section className={styles.panel} aria-label={w("facets.label")} data-region="">
      {found === undefined && <p role="status">{w("facets.asking")}</p>}
      {isNone && <p>{w("facets.none")}</p>}
      {found !== undefined && found.keys.values.length > 0 && (
        <div className={styles.facet}>
          <h2>{w("facets.keys")}</h2>
          <ul>
            {found.keys.values.map(({ value, count }) => (
              <li key={value}>
                <button
                  type="button"
                  className={styles.value}
                  aria-expanded={key === value}
                  onClick={() => setKey(key === value ? null : value)}
                >
                  <span>{value}</span>
                  <span className={styles.count}>{integer(count)}</span>
                </button>
                {key === value && (
                  <KeyValues filter={filter} name={value} query={query} onChoose={choose} />
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
      {lists
        .filter(([, , list]) => (list?.values.length ?? 0) > 0)
        .map(([field, title, list]) => (
          <div key={field} className={styles.facet}>
            <h2>{title}</h2>
            <Values
              field={field}
              values={list?.values ?? []}
              query={query}
              onChoose={(value) => choose(field, value)}
            />
            {list?.hasMore === true && <p className={styles.count}>{w("facets.more")}</p>}
          </div>
        ))}
    </section>
  );
}

type Counted = FacetCountsQuery["images"]["tags"];

/** Ratings from the best down, in words. */
function starred(list: Counted | undefined): Counted | undefined {
  if (list === undefined) return undefined;
  const values = list.values
    .map((each) => ({ ...each, label: w("facets.stars", { count: Number(each.value) }) }))
    .toSorted((one, other) => Number(other.value) - Number(one.value));
  return { ...list, values };
}

function KeyValues({
  filter,
  name,
  query,
  onChoose,
}: {
  filter: ImageFilter;
  name: string;
  query: string;
  onChoose(field: string, value: string): void;
}) {
  const { data } = useQuery({
    queryKey: ["values of key", filter, name],
    queryFn: ({ signal }) => gql(valuesOfKey, { filter, key: name }, { signal }),
  });
  if (data === undefined) return <p role="status">{w("facets.asking")}</p>;
  return (
    <div className={styles.inner} role="group" aria-label={w("facets.values", { key: name })}>
      <Values
        field={name}
        values={data.images.facet.values}
        query={query}
        onChoose={(value) => onChoose(name, value)}
      />
    </div>
  );
}

function Values({
  field,
  values,
  query,
  onChoose,
}: {
  field: string;
  values: readonly { value: string; label: string; count: number }[];
  query: string;
  onChoose(value: string): void;
}) {
  return (
    <ul>
      {values.map(({ value, label, count }) => {
        const isOn = ` ${query} `.includes(` ${termFor(field, value)} `);
        return (
          <li key={value}>
            <button
              type="button"
              aria-pressed={isOn}
              className={classes(styles.value, isOn && styles.on)}
              onClick={() => onChoose(value)}
            >
              <span>{label}</span>
              <span className={styles.count}>{integer(count)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
