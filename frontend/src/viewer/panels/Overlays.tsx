import type { Session } from "../state/session";
import { useSignal } from "../useSignal";
import { LiveSummary } from "./LiveSummary";
import { Navigator } from "./Navigator";
import { ScaleBarOverlay } from "./ScaleBarOverlay";

/** What lies on the picture and may come a moment after it. */
export function Overlays({ session }: { session: Session }) {
  const navigator = useSignal(session.view, (view) => view.navigator);
  const scaleBar = useSignal(session.view, (view) => view.scaleBar);
  return (
    <>
      {navigator && <Navigator session={session} />}
      {scaleBar && <ScaleBarOverlay session={session} />}
      <LiveSummary session={session} />
    </>
  );
}

export default Overlays;
