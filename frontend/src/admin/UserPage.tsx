import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { gql } from "../api/gql";
import { fullName } from "../browse/facts";
import { EmptyState } from "../ui/EmptyState";
import { Button } from "../ui/Button";
import styles from "../forms/forms.module.css";
import { PasswordForm, PersonForm } from "./accountForms";
import {
  addMembers,
  adminGroups,
  adminUser,
  type Me,
  type Privilege,
  removeMembers,
  updateUser,
  type User,
} from "./documents";
import { has } from "./me";
import {
  Cell,
  Choice,
  Failed,
  Form,
  KEY,
  Name,
  Outcome,
  Section,
  Skeleton,
  Table,
  Tick,
  useAct,
  useList,
  written,
} from "../forms/parts";
import { groupPath, idOf } from "./paths";
import { startActing, usePerson } from "../session/session";
import { SignIns } from "./SignIns";
import { StorageOf } from "./StoragePage";
import { Tokens } from "./Tokens";
import { w } from "./words";

/** One account, and all that can be changed about it. */
export function UserPage({ number, me }: { number: string; me: Me }) {
  const id = idOf("Experimenter", number);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [KEY, adminUser.name, id],
    queryFn: ({ signal }) => gql(adminUser, { id }, { signal }),
  });
  if (isPending) return <Skeleton />;
  if (error !== null && data === undefined) {
    return <Failed error={error} onRetry={() => void refetch()} isPage />;
  }
  const user = data?.node != null && "userName" in data.node ? (data.node as User) : null;
  if (user === null) {
    return (
      <EmptyState
        icon="question"
        title={w("user.missing", { number: number.slice(0, 40) })}
        isAlert
        isPage
      >
        <Link href="/admin/users">{w("user.back")}</Link>
      </EmptyState>
    );
  }
  const mayChange = has(me, "MODIFY_USER");
  return (
    <>
      <header className={styles.head}>
        <Link href="/admin/users">{w("user.back")}</Link>
        <h1>
          <Name>{fullName(user)}</Name>
        </h1>
        {user.administrator && <span className={styles.badge}>{w("users.administrator")}</span>}
        {!user.active && <span className={styles.badge}>{w("users.closedState")}</span>}
      </header>
      {!mayChange && <p className={styles.note}>{w("needs.MODIFY_USER")}</p>}
      <PersonForm key={`person ${user.id}`} person={user} isDisabled={!mayChange} />
      <Groups user={user} mayChange={has(me, "MODIFY_GROUP_MEMBERSHIP")} />
      <Rights
        key={`${String(user.active)} ${user.privileges.join()}`}
        user={user}
        me={me}
        mayChange={mayChange}
      />
      {mayActAs(me, user) && <ActAs user={user} />}
      <StorageOf id={user.id} me={me} />
      {mayChange && <PasswordForm id={user.id} isOwn={user.id === me.id} />}
      <SignIns id={user.id} isOwn={user.id === me.id} mayRead={has(me, "READ_SESSION")} />
      {(mayChange || user.id === me.id) && <Tokens id={user.id} />}
    </>
  );
}

/** Whether somebody may act as a person: nobody gains a privilege by it. */
function mayActAs(me: Me, user: User): boolean {
  const isGreater = user.privileges.some((one) => !has(me, one));
  return has(me, "SUDO") && user.active && user.id !== me.id && !isGreater;
}

function ActAs({ user }: { user: User }) {
  const act = useAct();
  const isActing = usePerson()?.actedBy !== undefined;
  if (isActing) return null;
  const name = fullName(user);
  const begin = (): void => {
    void act.act(async () => {
      await startActing(user.userName);
      return w("user.acting", { name });
    });
  };
  return (
    <Section title={w("user.actAs")} note={w("user.actAsNote")}>
      <Button look="outline" isDisabled={act.busy} onPress={begin}>
        {w("user.actAsThem", { name })}
      </Button>
      <Outcome act={act} />
    </Section>
  );
}

function Groups({ user, mayChange }: { user: User; mayChange: boolean }) {
  const act = useAct();
  const groups = useList(adminGroups, {}, (found) => found.experimenterGroups);
  const memberships = user.memberships.nodes;
  const inside = new Set(memberships.map(({ group }) => group.id));
  const free = groups.rows.filter(({ id }) => !inside.has(id));
  const put = (group: string, name: string, leader: boolean | null): void => {
    void act.act(async () => {
      await gql(addMembers, { group, people: [user.id], leader });
      return leader === null ? w("user.addedTo", { group: name.slice(0, 80) }) : w("action.saved");
    });
  };
  const takeOut = (group: string, name: string): void => {
    void act.act(async () => {
      await gql(removeMembers, { group, people: [user.id] });
      return w("user.removedFrom", { group: name.slice(0, 80) });
    });
  };
  return (
    <Section title={w("user.groups")}>
      {memberships.length === 0 ? (
        <p className={styles.note}>{w("user.inNone")}</p>
      ) : (
        <Table
          label={w("user.groups")}
          heads={[w("groups.name"), w("groups.level"), w("user.leader"), ""]}
        >
          {memberships.map(({ group, leader }) => (
            <tr key={group.id}>
              <Cell isWide>
                <Link href={groupPath(group.id)}>
                  <Name>{group.name}</Name>
                </Link>
              </Cell>
              <td>{w(`level.${group.permissions}`)}</td>
              <td>
                <Tick
                  label={
                    <span className="spoken">
                      {w("user.leaderOf", { name: user.userName, group: group.name })}
                    </span>
                  }
                  checked={leader}
                  disabled={!mayChange || act.busy}
                  onChange={(event) => put(group.id, group.name, event.target.checked)}
                />
              </td>
              <td>
                <Button
                  look="outline"
                  isDisabled={!mayChange || act.busy}
                  aria-label={w("action.removeOf", { name: group.name })}
                  onPress={() => takeOut(group.id, group.name)}
                >
                  {w("action.remove")}
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {mayChange ? (
        <form
          className={styles.inline}
          onSubmit={(event) => {
            event.preventDefault();
            const id = written(new FormData(event.currentTarget), "group");
            const group = free.find((one) => one.id === id);
            if (group !== undefined) put(group.id, group.name, null);
          }}
        >
          <Choice
            name="group"
            label={w("user.addTo")}
            options={free.map((group) => [group.id, group.name])}
          />
          <Button
            look="outline"
            icon="plus"
            type="submit"
            isDisabled={free.length === 0 || act.busy}
          >
            {w("action.add")}
          </Button>
        </form>
      ) : (
        <p className={styles.note}>{w("needs.leader")}</p>
      )}
      <Outcome act={act} />
    </Section>
  );
}

const PRIVILEGES: readonly Privilege[] = [
  "SUDO",
  "READ_SESSION",
  "MODIFY_USER",
  "MODIFY_GROUP",
  "MODIFY_GROUP_MEMBERSHIP",
  "WRITE_OWNED",
  "DELETE_OWNED",
  "CHGRP",
  "CHOWN",
  "WRITE_SCRIPT_REPO",
  "DELETE_SCRIPT_REPO",
  "WRITE_FILE",
  "WRITE_MANAGED_REPO",
  "DELETE_FILE",
  "DELETE_MANAGED_REPO",
];

function Rights({ user, me, mayChange }: { user: User; me: Me; mayChange: boolean }) {
  const act = useAct();
  const save = (form: FormData): void => {
    void act.act(async () => {
      const administrator = form.get("administrator") !== null;
      const given = new Set(form.getAll("privilege"));
      const withheld = PRIVILEGES.filter((one) => !given.has(one));
      const active = form.get("active") !== null;
      await gql(updateUser, {
        id: user.id,
        ...(active === user.active ? {} : { active }),
        ...(administrator || user.administrator
          ? { administrator, withheld: administrator ? withheld : [] }
          : {}),
      });
      return w("action.saved");
    });
  };
  return (
    <Section title={w("user.rights")} note={w("user.closedNote")}>
      <Form act={act} submit={w("action.save")} isDisabled={!mayChange} onSubmit={save}>
        <Tick
          name="active"
          label={w("user.active")}
          defaultChecked={user.active}
          disabled={!mayChange}
        />
        <Tick
          name="administrator"
          label={w("user.isAdministrator")}
          defaultChecked={user.administrator}
          disabled={!mayChange}
        />
        <fieldset className={styles.group}>
          <legend>{w("user.privileges")}</legend>
          <div className={styles.columns}>
            {PRIVILEGES.map((one) => (
              <Tick
                key={one}
                name="privilege"
                value={one}
                label={w(`privilege.${one}`)}
                defaultChecked={user.administrator ? user.privileges.includes(one) : has(me, one)}
                disabled={!mayChange || !has(me, one)}
              />
            ))}
          </div>
        </fieldset>
        <p className={styles.note}>{w("user.lacked")}</p>
      </Form>
    </Section>
  );
}
