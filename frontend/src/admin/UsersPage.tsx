import { useState } from "react";
import { Link, useLocation } from "wouter";
import { gql } from "../api/gql";
import { fullName } from "../browse/facts";
import { EmptyState } from "../ui/EmptyState";
import { ModalDialog } from "../ui/Overlay";
import { useCommandHandlers } from "../commands/registry";
import styles from "../forms/forms.module.css";
import { adminGroups, adminUsers, createUser, type Me } from "./documents";
import { ListHead } from "./ListHead";
import { has } from "./me";
import {
  Cell,
  Choice,
  Form,
  ListFrame,
  Name,
  Table,
  TextField,
  useAct,
  useList,
  useSettled,
  written,
} from "../forms/parts";
import { groupPath, userPath } from "./paths";
import { useFilters } from "./useFilters";
import { w } from "./words";

const WHICH = {
  all: {},
  open: { active: { eq: true } },
  closed: { active: { eq: false } },
  administrators: { administrator: { eq: true } },
};

type Which = keyof typeof WHICH;

/** Everybody who has an account. */
export function UsersPage({ me }: { me: Me }) {
  const { values, change } = useFilters({ q: "", which: "all" });
  const which = (values.which in WHICH ? values.which : "all") as Which;
  const typed = useSettled(values.q.trim());
  const [isNew, setNew] = useState(false);
  const mayMake = has(me, "MODIFY_USER");
  const list = useList(adminUsers, filterOf(typed, which), (found) => found.experimenters);
  useCommandHandlers(mayMake ? { "admin.newUser": () => setNew(true) } : {});
  return (
    <>
      <ListHead
        title={w("users.title")}
        count={list.total === null ? null : w("list.count.users", { count: list.total })}
        add={w("users.new")}
        refusal={mayMake ? null : w("needs.MODIFY_USER")}
        onAdd={() => setNew(true)}
      />
      <div className={styles.filters}>
        <TextField
          type="search"
          label={w("users.filter")}
          value={values.q}
          onChange={(event) => change({ q: event.target.value })}
        />
        <Choice
          label={w("users.which")}
          value={which}
          onChange={(event) => change({ which: event.target.value })}
          options={Object.keys(WHICH).map((name) => [name, w(`users.${name as Which}`)])}
        />
      </div>
      <ListFrame
        list={list}
        isFiltered={typed !== "" || which !== "all"}
        empty={<EmptyState icon="user" title={w("users.empty")} text={w("users.emptyText")} />}
      >
        <Table
          label={w("users.title")}
          heads={[w("users.name"), w("users.person"), w("users.groups"), w("users.state")]}
        >
          {list.rows.map((user) => (
            <tr key={user.id}>
              <Cell isWide>
                <Link href={userPath(user.id)}>
                  <Name>{user.userName}</Name>
                </Link>
              </Cell>
              <td className={styles.wide}>
                {fullName(user) !== user.userName && <Name>{fullName(user)}</Name>}
                {user.email !== null && user.email !== "" && (
                  <div className={styles.note}>
                    <Name>{user.email}</Name>
                  </div>
                )}
              </td>
              <td className={styles.wide}>
                {user.memberships.nodes.map(({ leader, group }, index) => (
                  <span key={group.id}>
                    {index > 0 && ", "}
                    <Link href={groupPath(group.id)}>
                      <Name>{group.name}</Name>
                    </Link>
                    {leader && ` (${w("users.leads")})`}
                  </span>
                ))}
                {user.memberships.totalCount === 0 && (
                  <span className={styles.note}>{w("users.noGroups")}</span>
                )}
                {user.memberships.totalCount > user.memberships.nodes.length && (
                  <span className={styles.note}>
                    {" "}
                    {w("users.more", {
                      count: user.memberships.totalCount - user.memberships.nodes.length,
                    })}
                  </span>
                )}
              </td>
              <td>
                {user.administrator && (
                  <span className={styles.badge}>{w("users.administrator")}</span>
                )}{" "}
                {!user.active && <span className={styles.badge}>{w("users.closedState")}</span>}
              </td>
            </tr>
          ))}
        </Table>
      </ListFrame>
      <ModalDialog title={w("users.new")} isOpen={isNew} onClose={() => setNew(false)}>
        <NewUser />
      </ModalDialog>
    </>
  );
}

function filterOf(typed: string, which: Which) {
  const text = { contains: typed };
  const named =
    typed === ""
      ? {}
      : { or: [{ userName: text }, { firstName: text }, { lastName: text }, { email: text }] };
  return { ...WHICH[which], ...named };
}

function NewUser() {
  const act = useAct();
  const [, navigate] = useLocation();
  const groups = useList(adminGroups, {}, (found) => found.experimenterGroups);
  const make = (form: FormData): void => {
    void act.act(async () => {
      const group = written(form, "group");
      const password = form.get("password");
      const made = await gql(createUser, {
        userName: written(form, "userName"),
        firstName: written(form, "firstName"),
        lastName: written(form, "lastName"),
        email: written(form, "email") || null,
        password: typeof password === "string" && password !== "" ? password : null,
        groups: group === "" ? null : [group],
      });
      const id = made.createExperimenter?.experimenter?.id;
      if (id !== undefined) navigate(userPath(id));
      return "";
    });
  };
  return (
    <div className={styles.dialog}>
      <Form act={act} submit={w("user.create")} onSubmit={make}>
        <TextField name="userName" label={w("user.userName")} required maxLength={255} autoFocus />
        <div className={styles.columns}>
          <TextField name="firstName" label={w("user.firstName")} maxLength={255} />
          <TextField name="lastName" label={w("user.lastName")} maxLength={255} />
        </div>
        <TextField name="email" type="email" label={w("user.email")} maxLength={255} />
        <Choice
          name="group"
          label={w("user.group")}
          options={[
            ["", w("user.noGroup")],
            ...groups.rows.map((group) => [group.id, group.name] as const),
          ]}
        />
        <TextField
          name="password"
          type="password"
          label={w("user.password")}
          note={w("user.passwordNote")}
          minLength={8}
          maxLength={1024}
          autoComplete="new-password"
        />
      </Form>
    </div>
  );
}
