import { lazy, Suspense, useState } from "react";
import { Link } from "wouter";
import { navigate } from "wouter/use-browser-location";
import { runCommand } from "../commands/registry";
import { globalId } from "../browse/ids";
import { ExportHost } from "../figure/ExportHost";
import { AppShell } from "../shell/AppShell";
import { IconButton } from "../ui/Button";
import { MEDIUM, NARROW, useMedia } from "../ui/useMedia";
import { Notices } from "./Notices";
import { CanvasArea } from "./panels/CanvasArea";
import { DimBar } from "./panels/DimBar";
import { Inspector } from "./panels/Inspector";
import { ShareButton } from "./panels/ShareButton";
import { ToolRail } from "./panels/ToolRail";
import { type OpenedFrom, type Siblings, useSiblings } from "./siblings";
import type { Session } from "./state/session";
import { useSignal } from "./useSignal";
import { useViewerCommands } from "./useViewerCommands";
import { w } from "./words";
import styles from "./ViewerPage.module.css";

const FloatingTools = lazy(async () => ({ default: (await import("./Narrow")).FloatingTools }));
const SidePanel = lazy(async () => ({ default: (await import("./Narrow")).SidePanel }));
const BottomSheet = lazy(async () => ({ default: (await import("./Narrow")).BottomSheet }));
const SplitView = lazy(() => import("./split/SplitView"));
const Extras = lazy(() => import("./extras/Extras"));

/** The picture, its tools, its planes and its panels. */
export function Viewer({ session, imageId }: { session: Session; imageId: string }) {
  const { facts } = session;
  const isMedium = useMedia(MEDIUM);
  const isNarrow = useMedia(NARROW);
  const isSplit = useSignal(session.view, (view) => view.split);
  const isShown = useSignal(session.wasExact);
  // Who saves a rendering goes on with another session, and with the same commands.
  const [wasShown, setShown] = useState(false);
  if (isShown && !wasShown) setShown(true);
  const dataset = facts.dataset && globalId("Dataset", facts.dataset.number);
  const { siblings, origin } = useSiblings(imageId, dataset, isShown);
  useViewerCommands(session, {
    previous: opener(siblings.previous, origin),
    next: opener(siblings.next, origin),
    close: () =>
      navigate(origin.from ?? (facts.dataset ? `/dataset/${facts.dataset.number}` : "/")),
  });
  const panel = <Inspector session={session} />;

  return (
    <AppShell
      screen="viewer"
      context="viewer"
      title={facts.dataset ? `${facts.name} · ${facts.dataset.name}` : facts.name}
      {...(isNarrow ? {} : { actions: <ShareButton /> })}
      crumbs={<Crumbs session={session} siblings={siblings} />}
      {...(isNarrow
        ? {}
        : { rail: { label: w("tool.rail"), content: <ToolRail session={session} /> } })}
      {...(isMedium
        ? {}
        : { inspector: { label: w("panel.label"), content: <PanelMark>{panel}</PanelMark> } })}
    >
      <div className={styles.page}>
        <div className={styles.stage}>
          <CanvasArea session={session} />
          {isSplit && (
            <Suspense>
              <SplitView session={session} />
            </Suspense>
          )}
          <Notices session={session} />
          {wasShown && (
            <Suspense>
              <Extras session={session} imageId={imageId} next={siblings.next} />
            </Suspense>
          )}
          <Suspense>
            {isNarrow && <FloatingTools />}
            {isMedium && !isNarrow && <SidePanel>{panel}</SidePanel>}
          </Suspense>
        </div>
        <DimBar session={session} />
        <ExportHost ids={[facts.id]} isViewer />
        {isNarrow && (
          <Suspense>
            <BottomSheet session={session}>{panel}</BottomSheet>
          </Suspense>
        )}
      </div>
    </AppShell>
  );
}

function opener(id: string | null, origin: OpenedFrom): (() => void) | null {
  return id === null ? null : () => navigate(`/i/${id}`, { state: { ...origin, stepped: true } });
}

/** Escape goes from a panel back to the picture. */
function PanelMark({ children }: { children: React.ReactNode }) {
  return (
    <div data-viewer-panel="" style={{ display: "contents" }}>
      {children}
    </div>
  );
}

function Crumbs({ session, siblings }: { session: Session; siblings: Siblings }) {
  const { project, dataset, name } = session.facts;
  return (
    <nav className={styles.crumbs} aria-label={w("nav.breadcrumb")}>
      {project && <Link href={`/project/${project.number}`}>{project.name}</Link>}
      {project && <span className={styles.slash}>/</span>}
      {dataset ? (
        <Link href={`/dataset/${dataset.number}`}>{dataset.name}</Link>
      ) : (
        <Link href="/">{w("nav.home")}</Link>
      )}
      <span className={styles.slash}>/</span>
      <h1 className={styles.name} title={name}>
        {name}
      </h1>
      {siblings.count > 1 && (
        <span className={styles.siblings}>
          <SiblingButton direction="previous" isDisabled={siblings.previous === null} />
          {w("nav.position", { at: siblings.at, count: siblings.count })}
          <SiblingButton direction="next" isDisabled={siblings.next === null} />
        </span>
      )}
    </nav>
  );
}

function SiblingButton({
  direction,
  isDisabled,
}: {
  direction: "previous" | "next";
  isDisabled: boolean;
}) {
  const command = direction === "previous" ? "viewer.previousImage" : "viewer.nextImage";
  return (
    <IconButton
      icon={direction === "previous" ? "chevronLeft" : "chevronRight"}
      label={w(direction === "previous" ? "nav.previous" : "nav.next")}
      command={command}
      isDisabled={isDisabled}
      onPress={() => runCommand(command)}
    />
  );
}
