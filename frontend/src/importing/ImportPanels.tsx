import { ImportDialog } from "./ImportDialog";
import { JobTray } from "./JobTray";
import { useImporting } from "./state";
import { useQueue } from "./uploads";

/** The dialog and the tray, over one queue. */
export function ImportPanels({ person }: { person: string }) {
  const queue = useQueue(person);
  const { isChoosing, isTrayOpen } = useImporting();
  return (
    <>
      {isChoosing && <ImportDialog queue={queue} />}
      {isTrayOpen && <JobTray queue={queue} />}
    </>
  );
}
