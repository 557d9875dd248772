import { useEffect } from "react";
import { Button } from "../../ui/Button";
import type { Session } from "../state/session";
import { useSignal } from "../useSignal";
import { ChosenShapes } from "./ChosenShapes";
import { ExportButton, Measurements } from "./Measurements";
import { NewShapes } from "./NewShapes";
import { RoiList } from "./RoiList";
import { RoiTools } from "./RoiTools";
import styles from "./Rois.module.css";
import { type Rois, roisOf } from "./rois";
import { r } from "./words";

/** Everything about the regions beside the picture: tools, the chosen ones, the list. */
export function RoiPanel({ session }: { session: Session }) {
  const rois = roisOf(session);
  const feed = useSignal(rois.feed.state);
  const hasChoice = useSignal(rois.selection, (keys) => keys.length > 0);
  useEffect(() => {
    // Whoever opens the list wants to see them.
    if (!session.view.value.rois) session.change({ rois: true });
  }, [session]);
  return (
    <div className={styles.panel}>
      <RoiTools session={session} mayDraw={rois.feed.mayDraw} />
      <SaveNote rois={rois} />
      {feed.error && (
        <div className={styles.note} role="alert">
          {r("list.failed", { message: feed.error.message })}
          <Button icon="retry" onPress={() => rois.retry()}>
            {r("save.retry")}
          </Button>
        </div>
      )}
      {hasChoice ? (
        <>
          <ChosenShapes rois={rois} />
          <Measurements rois={rois} />
        </>
      ) : (
        rois.feed.mayDraw && <NewShapes rois={rois} />
      )}
      <RoiList rois={rois} />
      <ExportButton rois={rois} />
    </div>
  );
}

export default RoiPanel;

/** What of the changes the server has, in words. */
function SaveNote({ rois }: { rois: Rois }) {
  const { waiting, error, mayRetry, hasSaved } = useSignal(rois.saver.state);
  if (error) {
    const message = [error.message, error.remedy].filter(Boolean).join(" ");
    const text = error.code === "conflict" ? r("save.conflict") : r("save.refused", { message });
    return (
      <div className={styles.note} role="alert">
        <span>{mayRetry ? r("save.away", { message }) : text}</span>
        <Button
          {...(mayRetry ? { icon: "retry" as const } : {})}
          onPress={() => (mayRetry ? rois.saver.retry() : rois.saver.dismiss())}
        >
          {r(mayRetry ? "save.retry" : "save.dismiss")}
        </Button>
      </div>
    );
  }
  return (
    <output className={styles.saved}>
      {waiting > 0 ? r("save.waiting", { count: waiting }) : hasSaved && r("save.saved")}
    </output>
  );
}
