import { useQuery } from "@tanstack/react-query";
import { gql } from "../api/gql";
import { moment } from "../browse/facts";
import { Button } from "../ui/Button";
import styles from "../forms/forms.module.css";
import { endSessions, signIns } from "./documents";
import { KEY, Outcome, Problem, Section, Skeleton, Table, useAct } from "../forms/parts";
import { w } from "./words";

/** Where somebody is signed in, to be ended. */
export function SignIns({ id, isOwn, mayRead }: { id: string; isOwn: boolean; mayRead: boolean }) {
  const act = useAct();
  const { data, error } = useQuery({
    queryKey: [KEY, signIns.name, id],
    queryFn: ({ signal }) => gql(signIns, { whose: id }, { signal }),
    enabled: mayRead || isOwn,
    staleTime: 0,
  });
  if (!mayRead && !isOwn) {
    return (
      <Section title={w("sessions.title")} note={w("needs.READ_SESSION")}>
        {null}
      </Section>
    );
  }
  const rows = data?.signInSessions.nodes ?? [];
  const end = (ids: string[]): void => {
    void act.act(async () => {
      const { endSessions: result } = await gql(endSessions, { ids });
      return w("sessions.ended", { count: result?.ended ?? 0 });
    });
  };
  return (
    <Section title={w("sessions.title")} note={isOwn ? w("sessions.own") : null}>
      <Problem error={error} />
      {data === undefined && error === null && <Skeleton />}
      {data !== undefined && rows.length === 0 && (
        <p className={styles.note}>{w("sessions.none")}</p>
      )}
      {rows.length > 0 && (
        <>
          <Table
            label={w("sessions.title")}
            heads={[w("sessions.started"), w("sessions.used"), w("sessions.expires"), ""]}
          >
            {rows.map((session) => (
              <tr key={session.id}>
                <td className={styles.moment}>{moment(session.started)}</td>
                <td className={styles.moment}>{moment(session.lastUsed)}</td>
                <td className={styles.moment}>{moment(session.expires)}</td>
                <td>
                  <Button
                    look="outline"
                    isDisabled={act.busy}
                    aria-label={w("sessions.endOf", { time: moment(session.started) })}
                    onPress={() => end([session.id])}
                  >
                    {w("sessions.end")}
                  </Button>
                </td>
              </tr>
            ))}
          </Table>
          <div className={styles.actions}>
            <Button
              look="danger"
              isDisabled={act.busy}
              onPress={() => end(rows.map((session) => session.id))}
            >
              {w("sessions.endAll")}
            </Button>
          </div>
        </>
      )}
      <Outcome act={act} />
    </Section>
  );
}
