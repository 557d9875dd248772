import { useState } from "react";
import { Link, useLocation } from "wouter";
import { gql } from "../api/gql";
import { fullName } from "../browse/facts";
import { useCommandHandlers } from "../commands/registry";
import { EmptyState } from "../ui/EmptyState";
import { ModalDialog } from "../ui/Overlay";
import styles from "../forms/forms.module.css";
import { adminGroups, createGroup, type Level, type Me } from "./documents";
import { LevelChoice } from "./LevelChoice";
import { ListHead } from "./ListHead";
import { has } from "./me";
import {
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

/** All groups, and who leads them. */
export function GroupsPage({ me }: { me: Me }) {
  const { values, change } = useFilters({ q: "" });
  const typed = useSettled(values.q.trim());
  const [isNew, setNew] = useState(() => new URLSearchParams(window.location.search).has("new"));
  const mayMake = has(me, "MODIFY_GROUP");
  const text = { contains: typed };
  const filter = typed === "" ? {} : { or: [{ name: text }, { description: text }] };
  const list = useList(adminGroups, filter, (found) => found.experimenterGroups);
  useCommandHandlers(mayMake ? { "admin.newGroup": () => setNew(true) } : {});
  return (
    <>
      <ListHead
        title={w("groups.title")}
        count={list.total === null ? null : w("list.count.groups", { count: list.total })}
        add={w("groups.new")}
        refusal={mayMake ? null : w("needs.MODIFY_GROUP")}
        onAdd={() => setNew(true)}
      />
      <div className={styles.filters}>
        <TextField
          type="search"
          label={w("groups.filter")}
          value={values.q}
          onChange={(event) => change({ q: event.target.value })}
        />
      </div>
      <ListFrame
        list={list}
        isFiltered={typed !== ""}
        empty={<EmptyState icon="user" title={w("groups.empty")} text={w("groups.emptyText")} />}
      >
        <Table
          label={w("groups.title")}
          heads={[w("groups.name"), w("groups.level"), w("groups.members"), w("groups.leaders")]}
        >
          {list.rows.map((group) => {
            const isKnown = me.administrator || isMember(me, group.id);
            return (
              <tr key={group.id}>
                <td className={styles.wide}>
                  <Link href={groupPath(group.id)}>
                    <Name>{group.name}</Name>
                  </Link>
                  {group.description !== null && (
                    <div className={styles.note}>
                      <Name>{group.description}</Name>
                    </div>
                  )}
                </td>
                <td title={w(`means.${group.permissions}`)}>{w(`level.${group.permissions}`)}</td>
                <td>{isKnown ? group.memberships.totalCount : w("groups.hidden")}</td>
                <td className={styles.wide}>
                  {group.leaders.nodes.map(({ experimenter }, index) => (
                    <span key={experimenter.id}>
                      {index > 0 && ", "}
                      {me.administrator ? (
                        <Link href={userPath(experimenter.id)}>
                          <Name>{fullName(experimenter)}</Name>
                        </Link>
                      ) : (
                        <Name>{fullName(experimenter)}</Name>
                      )}
                    </span>
                  ))}
                </td>
              </tr>
            );
          })}
        </Table>
      </ListFrame>
      <ModalDialog title={w("groups.new")} isOpen={isNew} onClose={() => setNew(false)}>
        <NewGroup />
      </ModalDialog>
    </>
  );
}

function isMember(me: Me, group: string): boolean {
  return me.memberships.nodes.some((one) => one.group.id === group);
}

function NewGroup() {
  const act = useAct();
  const [, navigate] = useLocation();
  const [level, setLevel] = useState<Level>("READ_ANNOTATE");
  const make = (form: FormData): void => {
    void act.act(async () => {
      const made = await gql(createGroup, {
        name: written(form, "name"),
        permissions: level,
        description: written(form, "description") || null,
      });
      const id = made.createExperimenterGroup?.group?.id;
      if (id !== undefined) navigate(groupPath(id));
      return "";
    });
  };
  return (
    <div className={styles.dialog}>
      <Form act={act} submit={w("group.create")} onSubmit={make}>
        <TextField name="name" label={w("group.name")} required maxLength={255} autoFocus />
        <TextField name="description" label={w("group.description")} maxLength={2000} />
        <LevelChoice level={level} onChange={setLevel} />
      </Form>
    </div>
  );
}
