import { lazy, Suspense, useState } from "react";
import { Button } from "../../ui/Button";
import { ToggleButton } from "react-aria-components";
import { runCommand } from "../../commands/registry";
import type { Session } from "../state/session";
import { useSignal } from "../useSignal";
import { w } from "../words";
import { ChannelRow } from "./ChannelRow";
import styles from "./ChannelsPanel.module.css";

const MorePanel = lazy(() => import("../extras/MorePanel"));

/** From this many channels on, a field finds them by name. */
const FILTER_FROM = 9;

/** How each channel is shown. */
export function ChannelsPanel({ session }: { session: Session }) {
  const { channels } = session.facts;
  const model = useSignal(session.view, (view) => view.model);
  const [log, setLog] = useState(false);
  const [more, setMore] = useState(false);
  const [filter, setFilter] = useState("");
  const wanted = filter.trim().toLowerCase();
  const found = [...channels.keys()].filter((index) =>
    (channels[index]?.label ?? "").toLowerCase().includes(wanted),
  );
  return (
    <>
      <div className={styles.head}>
        <Button look="outline" command="viewer.auto" onPress={() => runCommand("viewer.auto")}>
          {w("channels.auto")}
        </Button>
        <Button look="outline" onPress={() => runCommand("viewer.reset")}>
          {w("channels.reset")}
        </Button>
        {channels.length > 1 && (
          <Switch
            label={w("channels.grey")}
            on={model === "g"}
            onChange={() => session.toggleGrey()}
          />
        )}
        <Switch
          label={w("channels.log")}
          title={w("channels.logLabel")}
          on={log}
          onChange={setLog}
        />
        <Switch label={w("channels.more")} on={more} onChange={setMore} />
      </div>
      {more && (
        <Suspense>
          <MorePanel session={session} />
        </Suspense>
      )}
      {channels.length >= FILTER_FROM && (
        <input
          className={styles.filter}
          type="search"
          placeholder={w("channels.filter")}
          aria-label={w("channels.filter")}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      )}
      {model === "g" && channels.length > 1 && (
        <p className={styles.note}>{w("channels.greyNote")}</p>
      )}
      <ul className={styles.list}>
        {found.map((index) => (
          <ChannelRow key={index} session={session} index={index} log={log} />
        ))}
      </ul>
    </>
  );
}

function Switch({
  label,
  title = label,
  on,
  onChange,
}: {
  label: string;
  title?: string;
  on: boolean;
  onChange(on: boolean): void;
}) {
  return (
    <ToggleButton className={styles.switch} aria-label={title} isSelected={on} onChange={onChange}>
      {label}
    </ToggleButton>
  );
}
