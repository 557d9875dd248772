import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Link } from "wouter";
import { ApiError } from "../api/errors";
import { gql } from "../api/gql";
import { fullName } from "../browse/facts";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import styles from "../forms/forms.module.css";
import {
  addMembers,
  adminGroup,
  adminUsers,
  changeLevel,
  type Group,
  type Level,
  type Me,
  removeMembers,
  updateGroup,
} from "./documents";
import { LevelChoice } from "./LevelChoice";
import { has, leads } from "./me";
import {
  cut,
  Failed,
  Form,
  KEY,
  Name,
  Outcome,
  Section,
  Skeleton,
  Table,
  TextField,
  Tick,
  useAct,
  useList,
  useSettled,
  written,
} from "../forms/parts";
import { idOf, userPath } from "./paths";
import { StorageOf } from "./StoragePage";
import { w } from "./words";

const MEMBERS_SHOWN = 500;

/** One group: its name, level and people. */
export function GroupPage({ number, me }: { number: string; me: Me }) {
  const id = idOf("ExperimenterGroup", number);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [KEY, adminGroup.name, id],
    queryFn: ({ signal }) => gql(adminGroup, { id, first: MEMBERS_SHOWN }, { signal }),
  });
  if (isPending) return <Skeleton />;
  if (error !== null && data === undefined) {
    return <Failed error={error} onRetry={() => void refetch()} isPage />;
  }
  const group = data?.node != null && "permissions" in data.node ? (data.node as Group) : null;
  if (group === null) {
    return (
      <EmptyState
        icon="question"
        title={w("group.missing", { number: number.slice(0, 40) })}
        isAlert
        isPage
      >
        <Link href="/admin/groups">{w("group.back")}</Link>
      </EmptyState>
    );
  }
  const isLeader = leads(me, id);
  const mayChange = isLeader || has(me, "MODIFY_GROUP");
  return (
    <>
      <header className={styles.head}>
        <Link href="/admin/groups">{w("group.back")}</Link>
        <h1>
          <Name>{group.name}</Name>
        </h1>
        <span className={styles.badge}>{w(`level.${group.permissions}`)}</span>
      </header>
      {!mayChange && <p className={styles.note}>{w("needs.leader")}</p>}
      <Members group={group} me={me} mayChange={isLeader || has(me, "MODIFY_GROUP_MEMBERSHIP")} />
      <LevelSection
        key={group.permissions}
        group={group}
        mayChange={mayChange}
        isAdministrator={has(me, "MODIFY_GROUP")}
      />
      <About key={`${group.name} ${group.description ?? ""}`} group={group} mayChange={mayChange} />
      <StorageOf id={group.id} me={me} />
    </>
  );
}

function About({ group, mayChange }: { group: Group; mayChange: boolean }) {
  const act = useAct();
  const save = (form: FormData): void => {
    void act.act(async () => {
      const [name, description] = [written(form, "name"), written(form, "description")];
      await gql(updateGroup, { id: group.id, name, description });
      return w("action.saved");
    });
  };
  return (
    <Section title={w("group.about")}>
      <Form act={act} submit={w("action.save")} isDisabled={!mayChange} onSubmit={save}>
        <TextField
          name="name"
          label={w("group.name")}
          defaultValue={group.name}
          required
          maxLength={255}
          readOnly={!mayChange}
          dir="auto"
        />
        <TextField
          name="description"
          label={w("group.description")}
          defaultValue={group.description ?? ""}
          maxLength={2000}
          readOnly={!mayChange}
          dir="auto"
        />
      </Form>
    </Section>
  );
}

function Members({ group, me, mayChange }: { group: Group; me: Me; mayChange: boolean }) {
  const act = useAct();
  const members = group.memberships.nodes;
  const lead = (person: string, leader: boolean): void => {
    void act.act(async () => {
      await gql(addMembers, { group: group.id, people: [person], leader });
      return w("action.saved");
    });
  };
  const remove = (person: string, name: string): void => {
    void act.act(async () => {
      await gql(removeMembers, { group: group.id, people: [person] });
      return w("group.removed", { name: cut(name, 80) });
    });
  };
  return (
    <Section title={w("group.members")}>
      {members.length === 0 && <p className={styles.note}>{w("group.noMembers")}</p>}
      {members.length > 0 && (
        <Table label={w("group.members")} heads={[w("group.member"), w("user.leader"), ""]}>
          {members.map(({ experimenter, leader }) => (
            <tr key={experimenter.id}>
              <td className={styles.wide}>
                {me.administrator ? (
                  <Link href={userPath(experimenter.id)}>
                    <Name>{experimenter.userName}</Name>
                  </Link>
                ) : (
                  <Name>{experimenter.userName}</Name>
                )}
                {fullName(experimenter) !== experimenter.userName && (
                  <span className={styles.note}>
                    {" "}
                    <Name>{fullName(experimenter)}</Name>
                  </span>
                )}
                {!experimenter.active && (
                  <span className={styles.note}> ({w("group.closed")})</span>
                )}
              </td>
              <td>
                <Tick
                  label={
                    <span className="spoken">
                      {w("user.leaderOf", { name: experimenter.userName, group: group.name })}
                    </span>
                  }
                  checked={leader}
                  disabled={!mayChange || act.busy}
                  onChange={(event) => lead(experimenter.id, event.target.checked)}
                />
              </td>
              <td>
                <Button
                  look="outline"
                  isDisabled={!mayChange || act.busy}
                  aria-label={w("action.removeOf", { name: experimenter.userName })}
                  onPress={() => remove(experimenter.id, experimenter.userName)}
                >
                  {w("action.remove")}
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {group.memberships.totalCount > members.length && (
        <p className={styles.note}>
          {w("group.shown", { count: members.length, total: group.memberships.totalCount })}
        </p>
      )}
      {mayChange && <AddMember group={group} act={act} />}
      <Outcome act={act} />
    </Section>
  );
}

/** A user name, offered from the server as it is typed. */
function AddMember({ group, act }: { group: Group; act: ReturnType<typeof useAct> }) {
  const [name, setName] = useState("");
  const listId = useId();
  const typed = useSettled(name.trim());
  const text = { contains: typed };
  const found = useList(
    adminUsers,
    { active: { eq: true }, or: [{ userName: text }, { firstName: text }, { lastName: text }] },
    (result) => result.experimenters,
  );
  const inside = new Set(group.memberships.nodes.map((one) => one.experimenter.id));
  const add = (): void => {
    const wanted = name.trim();
    void act
      .act(async () => {
        const { experimenters } = await gql(adminUsers, {
          filter: { userName: { eq: wanted } },
          first: 1,
        });
        const [person] = experimenters.nodes;
        if (person === undefined) {
          throw new ApiError("not_found", w("group.unknown", { name: cut(wanted, 80) }));
        }
        await gql(addMembers, { group: group.id, people: [person.id], leader: null });
        return w("group.added", { name: cut(wanted, 80) });
      })
      .then((isDone) => isDone && setName(""));
  };
  return (
    <form
      className={styles.inline}
      aria-label={w("group.add")}
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <TextField
        label={w("group.addName")}
        value={name}
        list={listId}
        required
        maxLength={255}
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setName(event.target.value)}
      />
      <datalist id={listId}>
        {found.rows
          .filter((person) => !inside.has(person.id))
          .slice(0, 30)
          .map((person) => (
            <option key={person.id} value={person.userName}>
              {cut(fullName(person), 80)}
            </option>
          ))}
      </datalist>
      <Button look="outline" icon="plus" type="submit" isDisabled={act.busy}>
        {w("group.add")}
      </Button>
    </form>
  );
}

interface Cost {
  level: Level;
  removed: readonly { relation: string; count: number }[];
}

/** The level: what another one would cost is counted before it is chosen. */
function LevelSection({
  group,
  mayChange,
  isAdministrator,
}: {
  group: Group;
  mayChange: boolean;
  isAdministrator: boolean;
}) {
  const [level, setLevel] = useState<Level>(group.permissions);
  const [cost, setCost] = useState<Cost | null>(null);
  const act = useAct();
  const choose = (next: Level): void => {
    setLevel(next);
    setCost(null);
    act.reset();
  };
  const check = (): void => {
    void act.act(async () => {
      const { setGroupPermissions: told } = await gql(changeLevel, {
        id: group.id,
        permissions: level,
        dryRun: true,
      });
      setCost({ level, removed: told?.removed ?? [] });
      return "";
    });
  };
  const apply = (): void => {
    void act.act(async () => {
      await gql(changeLevel, { id: group.id, permissions: level, dryRun: false });
      setCost(null);
      return w("group.changed");
    });
  };
  return (
    <Section title={w("groups.level")}>
      <LevelChoice
        level={level}
        now={group.permissions}
        isAdministrator={isAdministrator}
        isDisabled={!mayChange}
        onChange={choose}
      />
      {cost === null ? (
        <div className={styles.actions}>
          <Button
            look="outline"
            isDisabled={!mayChange || level === group.permissions || act.busy}
            onPress={check}
          >
            {w("group.check")}
          </Button>
        </div>
      ) : (
        <div className={styles.warning}>
          <div role="status">
            {cost.removed.length === 0 ? (
              <p>
                {w(`means.${cost.level}`)} {w("group.costsNothing")}
              </p>
            ) : (
              <>
                <p>
                  {w(`means.${cost.level}`)} {w("group.costs")}
                </p>
                <ul>
                  {cost.removed.map(({ relation, count }) => (
                    <li key={relation}>{`${String(count)} × ${relation}`}</li>
                  ))}
                </ul>
              </>
            )}
          </div>
          <div className={styles.actions}>
            <Button
              look={cost.removed.length === 0 ? "primary" : "danger"}
              isDisabled={act.busy}
              onPress={apply}
              autoFocus
            >
              {w("group.change")}
            </Button>
            <Button look="outline" onPress={() => choose(group.permissions)}>
              {w("action.cancel")}
            </Button>
          </div>
        </div>
      )}
      <Outcome act={act} />
    </Section>
  );
}
