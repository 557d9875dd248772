import { useId, useState } from "react";
import { ApiError } from "../api/errors";
import { gql } from "../api/gql";
import { fullName } from "../browse/facts";
import {
  Choice,
  cut,
  endOf,
  Form,
  Name,
  TextField,
  today,
  useAct,
  useSettled,
  written,
} from "../forms/parts";
import { useQuery } from "@tanstack/react-query";
import { moment } from "../browse/facts";
import { Button } from "../ui/Button";
import {
  type Grant,
  grantAccess,
  type Level,
  revokeAccess,
  shareAudience,
  type Thing,
} from "./documents";
import { Revocable } from "./Revocable";
import { Part } from "./ShareDialog";
import styles from "./Sharing.module.css";
import { w } from "./words";

const LEVELS: readonly Level[] = ["VIEW", "ANNOTATE", "EDIT"];

/** People, groups and everybody who were given a right. */
export function Grants({ thing, id, renew }: { thing: Thing; id: string; renew(): Promise<void> }) {
  const act = useAct(renew);
  const grants = thing.grants;
  if (!thing.canShare && grants.length === 0) return null;
  const revoke = (grant: Grant): void => {
    void act.act(async () => {
      await gql(revokeAccess, { ids: [grant.id] });
      return w("grants.revoked");
    });
  };
  return (
    <Part title={w("grants.title")}>
      <Revocable
        label={w("grants.title")}
        heads={[w("grants.who"), w("grants.may"), w("grants.until")]}
        rows={grants}
        none={w("grants.none")}
        act={act}
        labelOf={(grant) => w("grants.revokeOf", { name: nameOf(grant) })}
        onRevoke={revoke}
      >
        {(grant) => (
          <>
            <td>
              <Name>{nameOf(grant)}</Name>
            </td>
            <td>{w(grant.level)}</td>
            <td>{grant.expires === null ? w("grants.always") : moment(grant.expires)}</td>
          </>
        )}
      </Revocable>
      {thing.canShare && <Give id={id} grants={grants} renew={renew} />}
    </Part>
  );
}

function Give({
  id,
  grants,
  renew,
}: {
  id: string;
  grants: readonly Grant[];
  renew(): Promise<void>;
}) {
  const act = useAct(renew);
  const [name, setName] = useState("");
  const listId = useId();
  const typed = useSettled(name.trim());
  const { data } = useQuery({
    queryKey: ["share audience", typed],
    queryFn: ({ signal }) => gql(shareAudience, holding(typed), { signal }),
    enabled: typed !== "",
    placeholderData: (before) => before,
  });
  const give = (form: FormData): void => {
    void act
      .act(async () => {
        const wanted = name.trim();
        const whom = await audienceOf(wanted);
        await gql(grantAccess, {
          targets: [id],
          ...whom,
          public: false,
          level: written(form, "level") as Level,
          expires: endOf(written(form, "until")),
        });
        return w("grants.given", { name: cut(wanted, 80) });
      })
      .then((isDone) => isDone && setName(""));
  };
  const publish = (): void => {
    void act.act(async () => {
      await gql(grantAccess, { targets: [id], public: true, level: "VIEW" });
      return w("grants.givenToAll");
    });
  };
  return (
    <>
      <Form act={act} submit={w("grants.give")} look="outline" onSubmit={give}>
        <div className={styles.columns}>
          <TextField
            label={w("grants.name")}
            value={name}
            list={listId}
            required
            maxLength={255}
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setName(event.target.value)}
          />
          <datalist id={listId}>
            {data?.experimenters.nodes.map((person) => (
              <option key={person.id} value={person.userName}>
                {cut(fullName(person), 80)}
              </option>
            ))}
            {data?.experimenterGroups.nodes.map((group) => (
              <option key={group.id} value={group.name}>
                {group.name}
              </option>
            ))}
          </datalist>
          <Choice
            name="level"
            label={w("grants.level")}
            options={LEVELS.map((level) => [level, w(level)])}
          />
          <TextField name="until" type="date" label={w("grants.ends")} min={today()} />
        </div>
      </Form>
      {!grants.some((grant) => grant.public) && (
        <div>
          <Button look="outline" icon="eye" isDisabled={act.busy} onPress={publish}>
            {w("grants.public")}
          </Button>
        </div>
      )}
    </>
  );
}

/** The person of a user name, or else the group of a name. */
async function audienceOf(name: string): Promise<{ users?: string[]; groups?: string[] }> {
  const found = await gql(shareAudience, {
    people: { userName: { eq: name } },
    groups: { name: { eq: name } },
  });
  const [person] = found.experimenters.nodes;
  if (person !== undefined) return { users: [person.id] };
  const [group] = found.experimenterGroups.nodes;
  if (group !== undefined) return { groups: [group.id] };
  throw new ApiError("not_found", w("grants.unknown", { name: cut(name, 80) }));
}

function holding(typed: string) {
  const text = { contains: typed };
  return {
    people: {
      active: { eq: true },
      or: [{ userName: text }, { firstName: text }, { lastName: text }],
    },
    groups: { name: text },
  };
}

function nameOf({ experimenter, group }: Grant): string {
  if (experimenter !== null) return fullName(experimenter);
  return group === null ? w("grants.everybody") : group.name;
}
