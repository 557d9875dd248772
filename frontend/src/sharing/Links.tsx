import { useState } from "react";
import { gql } from "../api/gql";
import { moment } from "../browse/facts";
import { cut, endOf, Form, Name, TextField, Tick, today, useAct, written } from "../forms/parts";
import { CopyButton } from "../ui/CopyButton";
import { createShareLink, type Link, revokeShareLinks, type Thing } from "./documents";
import { embedOf } from "./embed";
import { Revocable } from "./Revocable";
import { Part } from "./ShareDialog";
import styles from "./Sharing.module.css";
import type { Shared } from "./state";
import { w } from "./words";

/** Links that show a thing to whoever has them. */
export function Links({
  thing,
  shared,
  renew,
}: {
  thing: Thing;
  shared: Shared;
  renew(): Promise<void>;
}) {
  const act = useAct(renew);
  const links = thing.shareLinks;
  if (!thing.canShare && links.length === 0) return null;
  const revoke = (link: Link): void => {
    void act.act(async () => {
      await gql(revokeShareLinks, { ids: [link.id] });
      return w("links.revoked");
    });
  };
  return (
    <Part title={w("links.title")} note={w("links.text")}>
      <Revocable
        label={w("links.title")}
        heads={[w("links.name"), w("links.until"), w("links.uses")]}
        rows={links}
        none={w("links.none")}
        act={act}
        labelOf={(link) => w("links.revokeOf", { name: nameOf(link) })}
        onRevoke={revoke}
      >
        {(link) => (
          <>
            <td>
              <Name>{nameOf(link)}</Name>
              {link.state !== null && link.state !== "" && (
                <div className={styles.note}>{w("links.withState")}</div>
              )}
            </td>
            <td>{endsOf(link)}</td>
            <td>
              {link.maxUses === null
                ? w("links.once", { uses: link.uses })
                : w("links.of", { uses: link.uses, most: link.maxUses })}
            </td>
          </>
        )}
      </Revocable>
      {thing.canShare && <Make shared={shared} name={thing.name ?? ""} renew={renew} />}
    </Part>
  );
}

function Make({ shared, name, renew }: { shared: Shared; name: string; renew(): Promise<void> }) {
  const act = useAct(renew);
  const [made, setMade] = useState<string | null>(null);
  const make = (form: FormData): void => {
    setMade(null);
    void act.act(async () => {
      const most = written(form, "most");
      const { createShareLink: result } = await gql(createShareLink, {
        target: shared.id,
        name: written(form, "name") || null,
        state: form.get("state") === null ? null : shared.state,
        expires: endOf(written(form, "until")),
        maxUses: most === "" ? null : Number(most),
      });
      setMade(result === null ? null : new URL(result.address, window.location.origin).href);
      return "";
    });
  };
  return (
    <>
      <Form act={act} submit={w("links.make")} look="outline" onSubmit={make}>
        <div className={styles.columns}>
          <TextField name="name" label={w("links.name")} maxLength={255} />
          <TextField name="until" type="date" label={w("links.ends")} min={today()} />
          <TextField name="most" type="number" label={w("links.most")} min={1} max={1_000_000} />
        </div>
        {shared.state !== "" && <Tick name="state" label={w("links.state")} defaultChecked />}
      </Form>
      {made !== null && (
        <div className={styles.made} role="status">
          <p>{w("links.secret")}</p>
          <p className={styles.note}>{w("links.address")}</p>
          <code className={styles.address}>{made}</code>
          <CopyButton text={made} label={w("links.copy")} />
          <p className={styles.note}>{w("links.embed")}</p>
          <code className={styles.address}>{embedOf(made, cut(name, 120))}</code>
          <CopyButton text={embedOf(made, cut(name, 120))} label={w("links.copyEmbed")} />
        </div>
      )}
    </>
  );
}

function nameOf({ name, created }: Link): string {
  return name === null || name === "" ? w("links.unnamed", { time: moment(created) }) : name;
}

function endsOf({ expires, maxUses, uses }: Link): string {
  if (expires !== null && new Date(expires) <= new Date()) return w("links.over");
  if (maxUses !== null && uses >= maxUses) return w("links.spent");
  return expires === null ? w("links.never") : moment(expires);
}
