import { useInfiniteQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { Link, useSearch } from "wouter";
import { navigate } from "wouter/use-browser-location";
import { type ApiError, asApiError } from "../api/errors";
import { gql } from "../api/gql";
import { HierarchyTree } from "../browse/HierarchyTree";
import { currentTree } from "../browse/treeStore";
import { integer, t, translator } from "../i18n";
import { AppShell } from "../shell/AppShell";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import { Icon, type IconName } from "../ui/Icon";
import { searchEverything } from "./documents";
import styles from "./SearchPage.module.css";

const w = translator({
  "search.label": "Search everything",
  "search.placeholder": 'Words, "phrases", tag:mitosis, gene:CDK1, temperature:>36',
  "search.submit": "Search",
  "search.found": "{count} found",
  "search.atLeast": "More than {count} found",
  "search.none": "Nothing that you may see answers to this",
  "search.noneText": "Look for fewer words, or for their beginnings (mito*).",
  "search.start": "Search names, descriptions, tags, comments, key–values, files and channels",
  "search.asking": "Searching",
  "search.more": "Show more",
  "search.in": "in {place}",
});

const ICONS: Record<string, [IconName, string]> = {
  Project: ["project", "/project/"],
  Dataset: ["dataset", "/dataset/"],
  Screen: ["screen", "/screen/"],
  Plate: ["plate", "/plate/"],
  Image: ["image", "/i/"],
};

/** Everything that answers to some words, best first. */
export function SearchPage() {
  const query = new URLSearchParams(useSearch()).get("q") ?? "";
  const { data, error, isFetching, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ["search", query],
    queryFn: ({ pageParam, signal }) =>
      gql(searchEverything, { query, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) =>
      last.search.pageInfo.hasNextPage ? last.search.pageInfo.endCursor : null,
    enabled: query !== "",
  });
  const first = data?.pages[0]?.search;
  const nodes = data?.pages.flatMap((page) => page.search.nodes) ?? [];
  return (
    <AppShell
      screen="search"
      title={w("search.label")}
      sidebar={{
        label: t("tree.label"),
        content: (
          <HierarchyTree
            tree={currentTree()}
            scope={{ kind: "search" }}
            parent={null}
            onDrop={() => undefined}
          />
        ),
      }}
    >
      <div className={styles.page}>
        <h1 className="spoken">{w("search.label")}</h1>
        <SearchForm key={query} query={query} error={error === null ? null : asApiError(error)} />
        {first !== undefined && (
          <p role="status" className={styles.count}>
            {w(first.totalCountIsExact === false ? "search.atLeast" : "search.found", {
              count: first.totalCount ?? 0,
            })}
            {first.types?.map(({ value, count }) => (
              <span key={value}>
                {value} {integer(count)}
              </span>
            ))}
          </p>
        )}
        {query === "" ? (
          <EmptyState icon="search" title={w("search.start")} />
        ) : isFetching && first === undefined ? (
          <p role="status">{w("search.asking")}</p>
        ) : (
          first !== undefined &&
          nodes.length === 0 && (
            <EmptyState icon="search" title={w("search.none")} text={w("search.noneText")} />
          )
        )}
        <ul className={styles.list}>
          {nodes.map((node) => {
            const [type = "", number = ""] = node.id.split(":");
            const [icon, path] = ICONS[type] ?? ["question", ""];
            const name = (node as { name?: string | null }).name ?? node.id.replace(":", " ");
            return (
              <li key={node.id}>
                <Icon name={icon} />
                {path === "" ? name : <Link href={`${path}${number}`}>{name}</Link>}
                <span className={styles.type}>{type}</span>
              </li>
            );
          })}
        </ul>
        {hasNextPage && (
          <Button look="outline" onPress={() => void fetchNextPage()}>
            {w("search.more")}
          </Button>
        )}
      </div>
    </AppShell>
  );
}

function SearchForm({ query, error }: { query: string; error: ApiError | null }) {
  const [text, setText] = useState(query);
  const problemId = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    navigate(`/search?${new URLSearchParams({ q: text.trim() }).toString()}`);
  };
  const place = error?.position ?? null;
  return (
    <search className={styles.search}>
      <form className={styles.form} onSubmit={submit}>
        <input
          className={styles.input}
          type="search"
          autoFocus
          value={text}
          spellCheck={false}
          aria-label={w("search.label")}
          aria-invalid={error !== null}
          aria-describedby={error === null ? undefined : problemId}
          placeholder={w("search.placeholder")}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" look="primary">
          {w("search.submit")}
        </Button>
      </form>
      {error !== null && (
        <p id={problemId} role="alert" className={styles.problem}>
          {place !== null && (
            <code>
              {query.slice(0, place)}
              <mark>{query.charAt(place) || "\u00a0"}</mark>
              {query.slice(place + 1)}
            </code>
          )}
          {error.message} {error.remedy}
        </p>
      )}
    </search>
  );
}
