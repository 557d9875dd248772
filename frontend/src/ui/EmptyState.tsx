import type { ReactNode } from "react";
import styles from "./EmptyState.module.css";
import { Icon, type IconName } from "./Icon";

/** A screen or panel that has nothing to show: what this is, why, and what to do. */
export function EmptyState({
  icon,
  title,
  text,
  isAlert = false,
  isPage = false,
  children,
}: {
  icon: IconName;
  title: string;
  text?: string | undefined;
  isAlert?: boolean;
  /** Whether there is nothing else: what it says is then the heading of the page. */
  isPage?: boolean;
  children?: ReactNode;
}) {
  const Title = isPage ? "h1" : "h2";
  return (
    <section className={styles.empty} role={isAlert ? "alert" : undefined}>
      <span className={styles.icon}>
        <Icon name={icon} size={32} />
      </span>
      <Title className={styles.title}>{title}</Title>
      {text !== undefined && <p className={styles.text}>{text}</p>}
      {children !== undefined && <div className={styles.more}>{children}</div>}
    </section>
  );
}
