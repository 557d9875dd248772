import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { graphql } from "../../api/document";
import type { LutNamesQuery, LutNamesQueryVariables } from "../../api/generated/graphql";
import { gql } from "../../api/gql";
import { runCommand } from "../../commands/registry";
import { Button } from "../../ui/Button";
import { NumberInput } from "../panels/NumberInput";
import type { Session } from "../state/session";
import { useSignal } from "../useSignal";
import { ProjectionFields } from "./ProjectionFields";
import styles from "./Extras.module.css";
import { x, type ExtraWord } from "./words";

const lutNames = graphql<LutNamesQuery, LutNamesQueryVariables>(`
  query LutNames {
    luts { name available }
  }
`);

/** Saving, lookup tables, gamma, projection, turning: what is not needed every minute. */
export function MorePanel({ session }: { session: Session }) {
  const { channels } = session.facts;
  const [index, setIndex] = useState(0);
  return (
    <section className={styles.more} aria-label={x("more.label")}>
      <Row label="more.rendering">
        <Act id="viewer.save" word="more.save" />
        <Act id="viewer.copyRendering" word="more.copy" />
        <Act id="viewer.pasteRendering" word="more.paste" />
        <Act id="viewer.resetToOwner" word="more.owners" />
        <Act id="viewer.resetToDefault" word="more.default" />
      </Row>
      <Row label="more.channel">
        <select
          className={styles.select}
          aria-label={x("more.channel")}
          value={index}
          onChange={(event) => setIndex(Number(event.target.value))}
        >
          {[...channels.keys()].map((at) => (
            <option key={at} value={at}>
              {channels[at]?.label}
            </option>
          ))}
        </select>
        <LutField session={session} index={index} />
        <GammaField session={session} index={index} />
        <InvertField session={session} index={index} />
      </Row>
      <ProjectionFields session={session} />
      <Row label="more.view">
        <Act id="viewer.turnLeft" word="command.turnLeft" />
        <Act id="viewer.turnRight" word="command.turnRight" />
        <Act id="viewer.flip" word="command.flip" />
        <Act id="viewer.split" word="command.split" />
        <Act id="viewer.compare" word="command.compare" />
      </Row>
    </section>
  );
}

export default MorePanel;

function Act({ id, word }: { id: string; word: ExtraWord }) {
  return (
    <Button look="outline" onPress={() => runCommand(id)}>
      {x(word)}
    </Button>
  );
}

function Row({ label, children }: { label: ExtraWord; children: React.ReactNode }) {
  return (
    <div className={styles.row} role="group" aria-label={x(label)}>
      <span className={styles.label} aria-hidden="true">
        {x(label)}
      </span>
      {children}
    </div>
  );
}

function LutField({ session, index }: { session: Session; index: number }) {
  const lut = useSignal(session.view, (view) => view.channels[index]?.lut ?? "");
  const { data } = useQuery({
    queryKey: ["luts"],
    queryFn: ({ signal }) => gql(lutNames, {}, { signal }),
    staleTime: 5 * 60_000,
  });
  const names = (data?.luts ?? []).flatMap(({ name, available }) => (available ? [name] : []));
  const all = lut && !names.includes(lut) ? [lut, ...names] : names;
  return (
    <select
      className={styles.select}
      aria-label={x("more.lut")}
      value={lut}
      onChange={(event) => session.changeChannel(index, { lut: event.target.value || null })}
    >
      <option value="">{x("more.noLut")}</option>
      {all.map((name) => (
        <option key={name} value={name}>
          {name.replace(/\.lut$/, "")}
        </option>
      ))}
    </select>
  );
}

/** Gamma is the server's polynomial: the place in the window to that power. */
function GammaField({ session, index }: { session: Session; index: number }) {
  const family = useSignal(session.view, (view) => view.channels[index]?.family ?? null);
  const gamma = family?.name === "polynomial" ? family.coefficient : 1;
  return (
    <span className={styles.field}>
      <span aria-hidden="true">{x("more.gamma")}</span>
      <NumberInput
        label={x("more.gamma")}
        value={gamma}
        step={0.05}
        onChange={(value) => {
          const coefficient = Math.min(10, Math.max(0.05, value));
          session.changeChannel(index, { family: { name: "polynomial", coefficient } });
        }}
      />
    </span>
  );
}

function InvertField({ session, index }: { session: Session; index: number }) {
  const inverted = useSignal(session.view, (view) => view.channels[index]?.inverted ?? false);
  return (
    <label className={styles.field}>
      <input
        type="checkbox"
        checked={inverted}
        onChange={(event) => session.changeChannel(index, { inverted: event.target.checked })}
      />
      {x("more.invert")}
    </label>
  );
}
