import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import type { Session } from "../state/session";
import { useSignal } from "../useSignal";
import { w } from "../words";
import { ChannelsPanel } from "./ChannelsPanel";
import { InfoPanel } from "./InfoPanel";
import styles from "./Inspector.module.css";

/** Channels and information beside the picture. */
export function Inspector({ session }: { session: Session }) {
  const tab = useSignal(session.view, (view) => view.tab);
  return (
    <Tabs
      className={styles.tabs}
      selectedKey={tab}
      onSelectionChange={(key) => session.change({ tab: key === "info" ? "info" : "channels" })}
    >
      <TabList className={styles.list} aria-label={w("panel.label")}>
        <Tab id="channels" className={styles.tab}>
          {w("panel.channels")}
          <span className={styles.count}>{session.facts.channels.length}</span>
        </Tab>
        <Tab id="info" className={styles.tab}>
          {w("panel.info")}
        </Tab>
      </TabList>
      <TabPanel id="channels" className={styles.panel}>
        <ChannelsPanel session={session} />
      </TabPanel>
      <TabPanel id="info" className={styles.panel}>
        <InfoPanel facts={session.facts} />
      </TabPanel>
    </Tabs>
  );
}
