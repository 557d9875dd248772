import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { asApiError } from "../api/errors";
import { gql } from "../api/gql";
import { moment } from "../browse/facts";
import { AppShell } from "../shell/AppShell";
import { EmptyState } from "../ui/EmptyState";
import { figureList, NAMESPACE } from "./documents";
import styles from "./Figure.module.css";
import { w } from "./words";

/** All saved figures, newest first. */
export function FiguresPage() {
  const answer = useQuery({
    queryKey: ["figures"],
    queryFn: ({ signal }) => gql(figureList, { namespace: NAMESPACE }, { signal }),
  });
  const figures = answer.data?.annotations.nodes ?? [];
  return (
    <AppShell screen="figures" title={w("figures.title")}>
      <div className={styles.figures} aria-busy={answer.isPending}>
        <header className={styles.head}>
          <h1 className={styles.title}>{w("figures.title")}</h1>
          <Link href="/figure">{w("figures.new")}</Link>
        </header>
        {answer.error !== null && (
          <EmptyState
            icon="warning"
            title={w("figure.failed")}
            text={asApiError(answer.error).message}
            isAlert
          />
        )}
        {answer.isSuccess && figures.length === 0 && (
          <EmptyState icon="image" title={w("figures.none")} text={w("figures.noneText")} />
        )}
        <ul className={styles.cards}>
          {figures.map((figure) => (
            <li key={figure.id}>
              <Link
                href={`/figure/${figure.id.slice(figure.id.indexOf(":") + 1)}`}
                className={styles.card}
              >
                <span className={styles.thumbs}>
                  {figure.images.nodes.map(({ id, thumbnailUrl }) => (
                    <img key={id} src={thumbnailUrl} alt="" loading="lazy" />
                  ))}
                </span>
                <strong>{figure.description ?? w("figure.untitled")}</strong>
                <span className={styles.muted}>
                  {`${figure.owner.userName} · ${moment(figure.created.time)}`}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      </div>
    </AppShell>
  );
}

export default FiguresPage;
