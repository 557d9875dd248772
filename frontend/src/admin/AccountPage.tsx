import { Link } from "wouter";
import styles from "../forms/forms.module.css";
import { PasswordForm, PersonForm } from "./accountForms";
import type { Me } from "./documents";
import { Name, Section } from "../forms/parts";
import { groupPath } from "./paths";
import { SignIns } from "./SignIns";
import { StorageOf } from "./StoragePage";
import { Tokens } from "./Tokens";
import { w } from "./words";

/** What everybody looks after themselves: names, groups, password, sign-ins, tokens. */
export function AccountPage({ me }: { me: Me }) {
  const groups = me.memberships.nodes;
  return (
    <>
      <header className={styles.head}>
        <h1>{w("account.title")}</h1>
        {me.administrator && <span className={styles.badge}>{w("users.administrator")}</span>}
      </header>
      <PersonForm person={me} isDisabled={false} />
      <Section title={w("account.groups")}>
        {groups.length === 0 && <p className={styles.note}>{w("account.inNone")}</p>}
        <ul className={styles.form}>
          {groups.map(({ leader, group }) => (
            <li key={group.id}>
              <Link href={groupPath(group.id)}>
                <Name>{group.name}</Name>
              </Link>
              {leader && <span className={styles.note}> ({w("account.leads")})</span>}
              <p className={styles.note}>{w(`means.${group.permissions}`)}</p>
            </li>
          ))}
        </ul>
      </Section>
      <StorageOf id={me.id} me={me} />
      <PasswordForm id={me.id} isOwn />
      <SignIns id={me.id} isOwn mayRead />
      <Tokens
        id={me.id}
        scopes={me.administrator ? ["READ", "WRITE", "ADMINISTER"] : ["READ", "WRITE"]}
      />
    </>
  );
}
