import { useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import { t } from "../i18n";
import { AppShell } from "../shell/AppShell";
import { EmptyState } from "../ui/EmptyState";
import { AccountPage } from "./AccountPage";
import styles from "../forms/forms.module.css";
import { AuditPage } from "./AuditPage";
import type { Me } from "./documents";
import { GroupPage } from "./GroupPage";
import { GroupsPage } from "./GroupsPage";
import { JobsPage } from "./JobsPage";
import { useMe } from "./me";
import { Failed, Skeleton } from "../forms/parts";
import { StoragePage } from "./StoragePage";
import { UserPage } from "./UserPage";
import { UsersPage } from "./UsersPage";
import { w, type Word } from "./words";

export type Area = "users" | "groups" | "storage" | "audit" | "jobs" | "account";

const AREAS: readonly (readonly [Area, string, Word])[] = [
  ["users", "/admin/users", "nav.users"],
  ["groups", "/admin/groups", "nav.groups"],
  ["storage", "/admin/storage", "nav.storage"],
  ["audit", "/admin/audit", "nav.audit"],
  ["jobs", "/admin/jobs", "nav.jobs"],
  ["account", "/account", "nav.account"],
];

/** Those who may look into an area; everybody else is told so. */
const ADMINISTRATORS = new Set<Area>(["users", "storage", "audit", "jobs"]);

/** People, groups, storage, the log and jobs for administrators; one's own account for everybody. */
export function AdminPage({ area, id }: { area: Area; id?: string | undefined }) {
  const page = useRef<HTMLDivElement>(null);
  const [place] = useLocation();
  useEffect(() => {
    if (place !== "") page.current?.scrollTo(0, 0);
  }, [place]);
  const { me, error, isPending, retry } = useMe();
  const title = w(area === "account" ? "account.title" : `${area}.title`);
  return (
    <AppShell screen="admin" title={title}>
      {/* Pages with little in them that takes the focus are scrolled by keys all the same. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div ref={page} className={styles.page} tabIndex={0} role="group" aria-label={title}>
        <div className={styles.inner}>
          <Tabs area={area} isAdministrator={me?.administrator ?? false} />
          {isPending ? (
            <Skeleton />
          ) : error !== null && me === null ? (
            <Failed error={error} onRetry={retry} isPage />
          ) : me === null ? (
            <EmptyState icon="user" title={w("denied.signedOut")} isAlert isPage />
          ) : ADMINISTRATORS.has(area) && !me.administrator ? (
            <Denied me={me} />
          ) : (
            <Content area={area} id={id} me={me} />
          )}
        </div>
      </div>
    </AppShell>
  );
}

function Content({ area, id, me }: { area: Area; id: string | undefined; me: Me }) {
  if (area === "users")
    return id === undefined ? <UsersPage me={me} /> : <UserPage key={id} number={id} me={me} />;
  if (area === "groups")
    return id === undefined ? <GroupsPage me={me} /> : <GroupPage key={id} number={id} me={me} />;
  if (area === "storage") return <StoragePage />;
  if (area === "audit") return <AuditPage me={me} />;
  if (area === "jobs") return <JobsPage />;
  return <AccountPage me={me} />;
}

function Tabs({ area, isAdministrator }: { area: Area; isAdministrator: boolean }) {
  return (
    <nav className={styles.tabs} aria-label={w("nav.label")}>
      <ul>
        {AREAS.filter(
          ([name]) => isAdministrator || !ADMINISTRATORS.has(name) || name === area,
        ).map(([name, href, word]) => (
          <li key={name} className={name === "account" ? styles.last : undefined}>
            <Link href={href} aria-current={name === area ? "page" : undefined}>
              {w(word)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Denied({ me }: { me: Me }) {
  return (
    <EmptyState
      icon="question"
      title={w("denied.title")}
      text={w("denied.text", { name: me.userName.slice(0, 80) })}
      isAlert
      isPage
    >
      <Link href="/account">{w("account.title")}</Link>
      <Link href="/">{t("missing.home")}</Link>
    </EmptyState>
  );
}
