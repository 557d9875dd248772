import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { queryClient } from "../api/client";
import { gql } from "../api/gql";
import { fullName } from "../browse/facts";
import { cut, Name, Problem, Skeleton } from "../forms/parts";
import { CopyButton } from "../ui/CopyButton";
import { ModalDialog } from "../ui/Overlay";
import { sharing, type Thing } from "./documents";
import { Grants } from "./Grants";
import { Links } from "./Links";
import styles from "./Sharing.module.css";
import type { Shared } from "./state";
import { w } from "./words";

/** Who may see a thing, and ways to let others see it. */
export function ShareDialog({ shared, onClose }: { shared: Shared; onClose(): void }) {
  const key = ["sharing", shared.id];
  const { data, error } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => gql(sharing, { id: shared.id }, { signal }),
    staleTime: 0,
  });
  const thing = data?.node != null && "shareLinks" in data.node ? (data.node as Thing) : null;
  const renew = async (): Promise<void> => queryClient.invalidateQueries({ queryKey: key });
  return (
    <ModalDialog
      title={thing === null ? w("titleLoading") : w("title", { name: cut(thing.name ?? "", 60) })}
      size="wide"
      isOpen
      onClose={onClose}
    >
      <div className={styles.dialog}>
        <Problem error={error} />
        {data === undefined && error === null && <Skeleton label={w("loading")} />}
        {data !== undefined && thing === null && <p>{w("missing")}</p>}
        {thing !== null && (
          <>
            <Part title={w("here.title")} note={w("here.text")}>
              <code className={styles.address}>{hereOf(shared)}</code>
              <CopyButton text={hereOf(shared)} label={w("here.copy")} />
            </Part>
            <Seen thing={thing} />
            <Grants thing={thing} id={shared.id} renew={renew} />
            <Links thing={thing} shared={shared} renew={renew} />
          </>
        )}
      </div>
    </ModalDialog>
  );
}

/** A part of the dialog. */
export function Part({
  title,
  note,
  children,
}: {
  title: string;
  note?: string;
  children: ReactNode;
}) {
  return (
    <section className={styles.part} aria-label={title}>
      <h3 className={styles.heading}>{title}</h3>
      {note !== undefined && <p className={styles.note}>{note}</p>}
      {children}
    </section>
  );
}

function Seen({ thing }: { thing: Thing }) {
  const { owner, group } = thing;
  return (
    <Part title={w("seen.title")}>
      <dl className={styles.facts}>
        <dt>{w("seen.owner")}</dt>
        <dd>
          <Name>{fullName(owner)}</Name>
        </dd>
        <dt>{w("seen.group")}</dt>
        <dd>
          <Name>{group.name}</Name>: {w(`seen.${group.permissions}`)}
        </dd>
      </dl>
      <p className={styles.note}>{w(thing.canShare ? "below" : "refused")}</p>
    </Part>
  );
}

const PAGES: Record<string, string> = { Image: "i" };

/** The address of a thing as it is seen. */
function hereOf({ id, state }: Shared): string {
  const [type = "", number = ""] = id.split(":");
  const path = `/${PAGES[type] ?? type.toLowerCase()}/${number}`;
  return `${window.location.origin}${path}${state === "" ? "" : `?${state}`}`;
}
