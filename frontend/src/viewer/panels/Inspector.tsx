import { lazy, Suspense } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import type { Session } from "../state/session";
import type { Tab as TabName } from "../state/view";
import { useSignal } from "../useSignal";
import { w } from "../words";
import { ChannelsPanel } from "./ChannelsPanel";
import styles from "./Inspector.module.css";

const InfoPanel = lazy(() => import("./InfoPanel"));
const RoiPanel = lazy(() => import("../rois/RoiPanel"));

/** Channels, regions and information beside the picture. */
export function Inspector({ session }: { session: Session }) {
  const tab = useSignal(session.view, (view) => view.tab);
  return (
    <Tabs
      className={styles.tabs}
      selectedKey={tab}
      onSelectionChange={(key) => session.change({ tab: key as TabName })}
    >
      <TabList className={styles.list} aria-label={w("panel.label")}>
        <Tab id="channels" className={styles.tab}>
          {w("panel.channels")}
          <span className={styles.count}>{session.facts.channels.length}</span>
        </Tab>
        <Tab id="rois" className={styles.tab}>
          {w("panel.rois")}
        </Tab>
        <Tab id="info" className={styles.tab}>
          {w("panel.info")}
        </Tab>
      </TabList>
      <TabPanel id="channels" className={styles.panel}>
        <ChannelsPanel session={session} />
      </TabPanel>
      <TabPanel id="rois" className={styles.panel}>
        <Suspense>
          <RoiPanel session={session} />
        </Suspense>
      </TabPanel>
      <TabPanel id="info" className={styles.panel}>
        <Suspense>
          <InfoPanel facts={session.facts} />
        </Suspense>
      </TabPanel>
    </Tabs>
  );
}
