import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { TokensQuery } from "../api/generated/graphql";
import { gql } from "../api/gql";
import { moment } from "../browse/facts";
import { Button } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import styles from "../forms/forms.module.css";
import { createToken, revokeTokens, tokens } from "./documents";
import {
  Choice,
  Form,
  KEY,
  Name,
  Outcome,
  Problem,
  Section,
  Skeleton,
  Table,
  TextField,
  useAct,
  written,
} from "../forms/parts";
import { w } from "./words";

type Scope = TokensQuery["accessTokens"]["nodes"][number]["scope"];

const NO_SCOPES: readonly Scope[] = [];

/** Tokens of an account: revoked by their person and by administrators, made by their person. */
export function Tokens({ id, scopes = NO_SCOPES }: { id: string; scopes?: readonly Scope[] }) {
  const act = useAct();
  const { data, error } = useQuery({
    queryKey: [KEY, tokens.name, id],
    queryFn: ({ signal }) => gql(tokens, { whose: id }, { signal }),
    staleTime: 0,
  });
  const rows = data?.accessTokens.nodes ?? [];
  const revoke = (token: string): void => {
    void act.act(async () => {
      await gql(revokeTokens, { ids: [token] });
      return w("tokens.revoked");
    });
  };
  return (
    <Section title={w("tokens.title")} note={w("tokens.about")}>
      <Problem error={error} />
      {data === undefined && error === null && <Skeleton />}
      {data !== undefined && rows.length === 0 && <p className={styles.note}>{w("tokens.none")}</p>}
      {rows.length > 0 && (
        <Table
          label={w("tokens.title")}
          heads={[w("tokens.name"), w("tokens.scope"), w("tokens.expires"), w("tokens.used"), ""]}
        >
          {rows.map((token) => (
            <tr key={token.id}>
              <td className={styles.wide}>
                <Name>{token.name}</Name>
              </td>
              <td>{w(`scope.${token.scope}`)}</td>
              <td className={styles.moment}>{moment(token.expires)}</td>
              <td className={styles.moment}>
                {token.lastUsed === null ? w("tokens.never") : moment(token.lastUsed)}
              </td>
              <td>
                <Button
                  look="outline"
                  isDisabled={act.busy}
                  aria-label={w("tokens.revokeOf", { name: token.name.slice(0, 200) })}
                  onPress={() => revoke(token.id)}
                >
                  {w("action.revoke")}
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Outcome act={act} />
      {scopes.length > 0 && <NewToken scopes={scopes} />}
    </Section>
  );
}

function NewToken({ scopes }: { scopes: readonly Scope[] }) {
  const act = useAct();
  const [secret, setSecret] = useState<string | null>(null);
  const make = (form: FormData): void => {
    setSecret(null);
    void act.act(async () => {
      const { createAccessToken: made } = await gql(createToken, {
        name: written(form, "name"),
        scope: written(form, "scope") as Scope,
        days: Number(written(form, "days")),
      });
      setSecret(made?.secret ?? null);
      return "";
    });
  };
  return (
    <>
      <h3 className={styles.subheading}>{w("tokens.new")}</h3>
      <Form act={act} submit={w("tokens.create")} onSubmit={make}>
        <div className={styles.columns}>
          <TextField name="name" label={w("tokens.name")} required maxLength={255} />
          <Choice
            name="scope"
            label={w("tokens.scope")}
            options={scopes.map((scope) => [scope, w(`scope.${scope}`)])}
          />
          <TextField
            name="days"
            type="number"
            label={w("tokens.days")}
            min={1}
            max={366}
            defaultValue="90"
            required
          />
        </div>
      </Form>
      {secret !== null && (
        <div className={styles.warning} role="status">
          <p>{w("tokens.secret")}</p>
          <code className={styles.secret}>{secret}</code>
          <CopyButton text={secret} />
        </div>
      )}
    </>
  );
}
