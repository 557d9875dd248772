import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { asApiError } from "../api/errors";
import { gql } from "../api/gql";
import { AppShell } from "../shell/AppShell";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import { plateList } from "./documents";
import styles from "./Plate.module.css";
import { w } from "./words";

const PAGE = 60;

/** All plates, each as its own small picture. */
export function PlatesPage() {
  const answer = useInfiniteQuery({
    queryKey: ["plates"],
    queryFn: ({ pageParam, signal }) =>
      gql(plateList, { first: PAGE, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ plates }) =>
      plates.pageInfo.hasNextPage ? plates.pageInfo.endCursor : undefined,
  });
  const plates = answer.data?.pages.flatMap(({ plates: page }) => page.nodes) ?? [];
  return (
    <AppShell screen="plates" title={w("plates.title")}>
      <div className={styles.list} aria-busy={answer.isPending}>
        <h1 className={styles.title}>{w("plates.title")}</h1>
        {answer.error !== null && (
          <EmptyState
            icon="warning"
            title={w("plates.failed")}
            text={asApiError(answer.error).message}
            isAlert
          />
        )}
        {answer.isSuccess && plates.length === 0 && (
          <EmptyState icon="grid" title={w("plates.none")} text={w("plates.noneText")} />
        )}
        <ul className={styles.cards}>
          {plates.map((plate) => (
            <li key={plate.id}>
              <Link
                href={`/plate/${plate.id.slice(plate.id.indexOf(":") + 1)}`}
                className={styles.card}
              >
                <span className={styles.thumb}>
                  {plate.picture !== null && (
                    <img src={smallPicture(plate.picture.tileUrl)} alt="" loading="lazy" />
                  )}
                </span>
                <strong>{plate.name}</strong>
                <span className={styles.muted}>
                  {[
                    plate.screens.nodes[0]?.name ?? "",
                    w("plates.wells", { count: plate.wellCount }),
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </span>
              </Link>
            </li>
          ))}
        </ul>
        {answer.hasNextPage && (
          <Button look="outline" onPress={() => void answer.fetchNextPage()}>
            {w("plates.more")}
          </Button>
        )}
      </div>
    </AppShell>
  );
}

export default PlatesPage;

/** The whole plate with 16 pixels a well. */
function smallPicture(tileUrl: string): string {
  const filled = tileUrl
    .replace("{level}", "5")
    .replace("{x}", "0")
    .replace("{y}", "0")
    .replace("{format}", "webp");
  return `${filled}${filled.includes("?") ? "&" : "?"}size=1024`;
}
