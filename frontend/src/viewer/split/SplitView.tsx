import { useEffect, useMemo } from "react";
import { Linking } from "../compare/linking";
import { CanvasArea } from "../panels/CanvasArea";
import { swatchColor } from "../state/colors";
import { Session } from "../state/session";
import { formatView } from "../state/urlCodec";
import { shownChannels, type View } from "../state/view";
import { useSignal } from "../useSignal";
import { x } from "../extras/words";
import styles from "./SplitView.module.css";

/** Each shown channel alone beside the picture of all, looking at the same place. */
export function SplitView({ session }: { session: Session }) {
  const shown = useSignal(session.view, (view) => shownChannels(view).join(" "));
  const linking = useMemo(() => new Linking(new Set(["v", "z", "t"])), []);
  useEffect(() => linking.join("all", session), [linking, session]);
  return (
    <div className={styles.split} role="group" aria-label={x("split.label")}>
      {shown
        .split(" ")
        .filter(Boolean)
        .map((index) => (
          <ChannelPane key={index} session={session} index={Number(index)} linking={linking} />
        ))}
    </div>
  );
}

export default SplitView;

function ChannelPane({
  session,
  index,
  linking,
}: {
  session: Session;
  index: number;
  linking: Linking;
}) {
  const own = useMemo(() => {
    const { facts, base } = session;
    const { label } = facts.channels[index] ?? { label: "" };
    const start = formatView(alone(session.view.value, index), base);
    const silent = { read: () => start, write: () => undefined };
    return new Session({ ...facts, name: `${facts.name}: ${label}` }, base, silent);
  }, [session, index]);
  useEffect(() => {
    const leave = linking.join(String(index), own);
    const follow = (): void => {
      const { channels, model } = alone(session.view.value, index);
      own.change({ channels, model, projection: session.view.value.projection }, true);
    };
    const stop = session.view.subscribe(follow);
    return () => {
      stop();
      leave();
      own.dispose();
    };
  }, [session, own, linking, index]);
  const color = useSignal(session.view, (view) => view.channels[index]?.color ?? "FFFFFF");
  return (
    <div className={styles.pane}>
      <span className={styles.name}>
        <span className={styles.dot} style={{ background: swatchColor(color) }} />
        <bdi>{session.facts.channels[index]?.label}</bdi>
      </span>
      <CanvasArea session={own} />
    </div>
  );
}

/** The view with one channel, without what lies on the picture. */
function alone(view: View, index: number): View {
  const channels = view.channels.map((channel, at) => ({ ...channel, active: at === index }));
  return { ...view, channels, navigator: false, scaleBar: false, rois: false, tab: "channels" };
}
