import "./commands";
import { type ReactNode, useEffect, useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { Link, useLocation } from "wouter";
import { CommandPalette } from "../commands/CommandPalette";
import { type Context, runCommand, useCommandHandlers } from "../commands/registry";
import { ShortcutSheet } from "../commands/ShortcutSheet";
import { useKeyboard } from "../commands/useKeyboard";
import { t } from "../i18n";
import { ImportButtons, ImportHost } from "../importing/ImportHost";
import { ActingBanner } from "../session/ActingBanner";
import { useSession } from "../session/session";
import { ShareHost } from "../sharing/ShareHost";
import { IconButton, KeyOf } from "../ui/Button";
import { classes } from "../ui/classes";
import { Icon } from "../ui/Icon";
import { Drawer } from "../ui/Overlay";
import { QueryPeek } from "../ui/QueryPeek";
import { Toasts } from "../ui/Toasts";
import { MEDIUM, NARROW, useMedia } from "../ui/useMedia";
import styles from "./AppShell.module.css";
import { PersonMenu } from "./PersonMenu";
import { usePreferences } from "./preferences";
import { Resizer } from "./Resizer";
import { moveRegion } from "./regions";

export interface SidePanel {
  /** Its name for readers, and its title where it is a drawer. */
  label: string;
  content: ReactNode;
}

interface Props {
  /** Under which name open panels and their widths are remembered. */
  screen: string;
  /** The window's title: object and place. */
  title: string;
  /** Whose keys are heard. */
  context?: Context;
  /** Where one is: beside the menu button. Without it, the name of the application. */
  crumbs?: ReactNode;
  /** Controls of the screen, left of the person's menu. */
  actions?: ReactNode;
  /** The hierarchy (browser). */
  sidebar?: SidePanel;
  /** A strip of tools (viewer), 48 px wide. */
  rail?: SidePanel;
  /** What is known about the selected thing. */
  inspector?: SidePanel;
  children: ReactNode;
}

/** The frame of every screen: top bar, sidebar or rail, content, inspector. */
export function AppShell(props: Props) {
  const { screen, title, context = "browser", sidebar, rail, inspector } = props;
  const isNarrow = useMedia(NARROW);
  const isMedium = useMedia(MEDIUM);
  const side = usePanel(`${screen}.sidebar`, isNarrow);
  const info = usePanel(`${screen}.inspector`, isMedium);
  const [isPeeking, setPeeking] = useState(false);
  useKeyboard(context);
  useCommandHandlers({
    "browse.query": () => setPeeking(true),
    "shell.nextRegion": () => moveRegion(1),
    "shell.previousRegion": () => moveRegion(-1),
    ...(sidebar === undefined ? {} : { "shell.sidebar": side.toggle }),
    ...(inspector === undefined ? {} : { "shell.inspector": info.toggle }),
  });
  useEffect(() => {
    document.title = title === t("app.name") ? title : `${title} · ${t("app.name")}`;
  }, [title]);

  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {t("app.skip")}
      </a>
      <ActingBanner />
      <TopBar
        {...props}
        hasInspector={inspector !== undefined}
        isInspectorOpen={info.isOpen}
        onSidebar={sidebar === undefined ? undefined : side.toggle}
        onInspector={info.toggle}
      />
      <div className={styles.body}>
        {rail !== undefined && (
          <nav className={styles.rail} aria-label={rail.label} data-region="">
            {rail.content}
          </nav>
        )}
        {sidebar !== undefined && !isNarrow && side.isOpen && (
          <nav className={styles.sidebar} aria-label={sidebar.label} data-region="">
            {sidebar.content}
          </nav>
        )}
        <main id="content" className={styles.content} tabIndex={-1} data-region="">
          {props.children}
        </main>
        {inspector !== undefined && !isMedium && info.isOpen && (
          <InspectorPane screen={screen} panel={inspector} />
        )}
      </div>
      {sidebar !== undefined && isNarrow && (
        <Drawer title={sidebar.label} side="start" isOpen={side.isOpen} onClose={side.close}>
          {sidebar.content}
        </Drawer>
      )}
      {inspector !== undefined && isMedium && (
        <Drawer title={inspector.label} side="end" isOpen={info.isOpen} onClose={info.close}>
          {inspector.content}
        </Drawer>
      )}
      <ImportHost />
      <ShareHost />
      <QueryPeek isOpen={isPeeking} onClose={() => setPeeking(false)} />
      <Toasts />
      <CommandPalette context={context} />
      <ShortcutSheet context={context} />
    </div>
  );
}

function InspectorPane({ screen, panel }: { screen: string; panel: SidePanel }) {
  const key = `${screen}.inspector`;
  const width = usePreferences((state) => state.widths[key] ?? 300);
  return (
    <aside
      className={styles.inspector}
      tabIndex={-1}
      aria-label={panel.label}
      style={{ inlineSize: width }}
      data-region=""
    >
      {panel.content}
      <Resizer panel={key} width={width} min={280} max={520} label={t("shell.resize")} />
    </aside>
  );
}

function TopBar({
  crumbs,
  actions,
  onSidebar,
  hasInspector,
  isInspectorOpen,
  onInspector,
}: Props & {
  hasInspector: boolean;
  isInspectorOpen: boolean;
  onSidebar: (() => void) | undefined;
  onInspector(): void;
}) {
  const isVisitor = useSession() === null;
  return (
    <header className={styles.top} data-region="">
      {onSidebar === undefined ? (
        <Link href="/" className={styles.homeLink} aria-label={t("command.home")}>
          <Icon name="menu" />
        </Link>
      ) : (
        <IconButton
          icon="menu"
          label={t("command.sidebar")}
          command="shell.sidebar"
          onPress={onSidebar}
        />
      )}
      <div className={styles.place}>
        {crumbs ?? (
          <Link href="/" className={styles.name}>
            {t("app.name")}
          </Link>
        )}
      </div>
      <AriaButton className={styles.finder} onPress={() => runCommand("shell.palette")}>
        <Icon name="search" />
        <span className="spoken">{t("palette.placeholder")}</span>
        <span aria-hidden="true" className={styles.finderText}>
          {t("palette.placeholder")}
        </span>
        <KeyOf command="shell.palette" />
      </AriaButton>
      <div className={styles.tools}>
        {actions}
        {!isVisitor && <ImportButtons />}
        {hasInspector && (
          <IconButton
            icon="inspector"
            label={t("command.inspector")}
            command="shell.inspector"
            className={classes(isInspectorOpen && styles.pressed)}
            onPress={onInspector}
          />
        )}
        <PersonMenu />
      </div>
    </header>
  );
}

/** Whether a side panel is open: remembered where it has room, closed at first where it has not. */
function usePanel(key: string, isDrawer: boolean) {
  const name = isDrawer ? `${key}.drawer` : key;
  const isOpen = usePreferences((state) => state.panels[name] ?? !isDrawer);
  const setPanel = usePreferences((state) => state.setPanel);
  const [place] = useLocation();
  useEffect(() => {
    // A drawer covers the page: it never is there on arrival at a place.
    if (isDrawer && place !== "") setPanel(name, false);
  }, [isDrawer, name, place, setPanel]);
  return {
    isOpen,
    toggle: () => setPanel(name, !isOpen),
    close: () => setPanel(name, false),
  };
}
