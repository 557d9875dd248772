import {
  type KeyboardEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { useLocation } from "wouter";
import { integer, t } from "../i18n";
import { classes } from "../ui/classes";
import { Icon, type IconName } from "../ui/Icon";
import { useMedia } from "../ui/useMedia";
import { useRowWindow } from "../ui/useRowWindow";
import styles from "./HierarchyTree.module.css";
import { keyOf, pathOf, type Scope } from "./scope";
import { type TreeRow, type TreeStore, treeRows } from "./treeStore";

interface Props {
  tree: TreeStore;
  scope: Scope;
  /** The project that the shown dataset is in: it is opened. */
  project: string | null;
}

/** Projects and datasets with their counts, as an ARIA tree of any length. */
export function HierarchyTree({ tree, scope, project }: Props) {
  useSyncExternalStore(tree.subscribe, tree.snapshot);
  const [, navigate] = useLocation();
  const [active, setActive] = useState<string | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const treeId = useId();
  const isCoarse = useMedia("(pointer: coarse)");
  const rows = treeRows(tree);
  const drawn = useRowWindow(
    scroller,
    () => ({ count: rows.length, height: isCoarse ? 38 : 28, padding: 8 }),
    4,
  );
  const scopeKey = keyOf(scope);
  const activeKey = active ?? scopeKey;
  const activeAt = rows.findIndex((row) => keyOfRow(row) === activeKey);

  useEffect(() => {
    if (tree.projects.total === null) tree.projects.want(0, 1);
  }, [tree]);
  useEffect(() => {
    if (project !== null) tree.setExpanded(project, true);
  }, [tree, project]);
  useEffect(() => wantDrawn(tree, rows.slice(drawn.start, drawn.end)));
  const moveTo = (row: TreeRow | undefined): void => {
    if (row === undefined) return;
    const key = keyOfRow(row);
    if (key === null) return;
    setActive(key);
    drawn.reveal(rows.indexOf(row));
  };
  useTypeAhead(scroller, rows, activeAt, moveTo);

  const openRow = (row: TreeRow | undefined): void => {
    const target = row === undefined ? null : scopeOf(row);
    if (target !== null) navigate(pathOf(target));
  };
  const step = (from: number, by: 1 | -1): TreeRow | undefined => {
    let at = from + by;
    while (rows[at]?.kind === "heading" || rows[at]?.kind === "waiting") at += by;
    return rows[at];
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = rows[activeAt];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown") moveTo(step(activeAt, 1));
    else if (event.key === "ArrowUp") moveTo(step(activeAt, -1));
    else if (event.key === "Home") moveTo(step(-1, 1));
    else if (event.key === "End") moveTo(step(rows.length, -1));
    else if (event.key === "ArrowRight" && row?.kind === "project") {
      if (row.isOpen) moveTo(step(activeAt, 1));
      else tree.setExpanded(row.number, true);
    } else if (event.key === "ArrowLeft" && row?.kind === "project" && row.isOpen) {
      tree.setExpanded(row.number, false);
    } else if (event.key === "ArrowLeft" && row?.kind === "dataset") {
      moveTo(rows.find((each) => each.kind === "project" && each.number === row.parent));
    } else if (event.key === "Enter" || event.key === " ") openRow(row);
    else return;
    event.preventDefault();
  };

  return (
    <div
      ref={scroller}
      className={styles.tree}
      role="tree"
      tabIndex={0}
      aria-label={t("tree.label")}
      aria-busy={tree.projects.total === null}
      aria-activedescendant={
        activeAt >= drawn.start && activeAt < drawn.end ? `${treeId}-${activeKey}` : undefined
      }
      data-region-focus=""
      onKeyDown={onKeyDown}
    >
      <div role="presentation" className={styles.space} style={{ height: drawn.scrollHeight }}>
        <div
          role="presentation"
          className={styles.rows}
          style={{ transform: `translateY(${String(drawn.offset)}px)` }}
        >
          {rows.slice(drawn.start, drawn.end).map((row) => (
            <Row
              key={
                keyOfRow(row) ??
                `${row.kind} ${"place" in row ? String(row.place) : ""} ${"parent" in row ? String(row.level) : ""}${"text" in row ? row.text : ""}`
              }
              row={row}
              id={`${treeId}-${keyOfRow(row) ?? "none"}`}
              isHere={keyOfRow(row) === scopeKey}
              isActive={keyOfRow(row) === activeKey}
              onOpen={() => {
                setActive(keyOfRow(row));
                openRow(row);
              }}
              onToggle={() => row.kind === "project" && tree.setExpanded(row.number, !row.isOpen)}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  row: TreeRow;
  id: string;
  isHere: boolean;
  isActive: boolean;
  onOpen(): void;
  onToggle(): void;
}

const ICONS: Partial<Record<TreeRow["kind"], IconName>> = {
  everything: "layers",
  orphaned: "orphaned",
  project: "project",
  dataset: "dataset",
};

function Row({ row, id, isHere, isActive, onOpen, onToggle }: RowProps) {
  if (row.kind === "heading") {
    return (
      <div role="presentation" className={styles.heading}>
        {t(row.text === "projects" ? "tree.projects" : "tree.datasets")}
      </div>
    );
  }
  if (row.kind === "waiting") {
    return (
      <div role="presentation" className={classes(styles.row, styles[`level${String(row.level)}`])}>
        <span className={styles.blank} />
      </div>
    );
  }
  const isProject = row.kind === "project";
  const count = "container" in row ? row.container.count : row.count;
  const icon = ICONS[row.kind];
  return (
    // The tree itself takes the keys (aria-activedescendant).
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={id}
      role="treeitem"
      tabIndex={-1}
      aria-level={row.level}
      aria-selected={isHere}
      aria-expanded={isProject && row.container.count > 0 ? row.isOpen : undefined}
      className={classes(
        styles.row,
        styles[`level${String(row.level)}`],
        isHere && styles.here,
        isActive && styles.active,
      )}
      onClick={onOpen}
    >
      {row.level === 1 && (
        <span
          className={classes(styles.twist, isProject && row.isOpen && styles.open)}
          onClick={(event) => {
            if (!isProject) return;
            event.stopPropagation();
            onToggle();
          }}
          aria-hidden="true"
        >
          {isProject && row.container.count > 0 && <Icon name="chevronRight" size={12} />}
        </span>
      )}
      {icon !== undefined && <Icon name={icon} />}
      <span className={styles.name}>{nameOf(row)}</span>
      {count !== null && <span className={styles.count}>{integer(count)}</span>}
    </div>
  );
}

function nameOf(row: TreeRow): string {
  if ("container" in row) return row.container.name;
  if (row.kind === "everything") return t("scope.everything");
  return row.kind === "orphaned" ? t("scope.orphaned") : "";
}

function scopeOf(row: TreeRow): Scope | null {
  if (row.kind === "everything" || row.kind === "orphaned") return { kind: row.kind };
  if (row.kind === "project" || row.kind === "dataset") return { kind: row.kind, id: row.number };
  return null;
}

function keyOfRow(row: TreeRow): string | null {
  const scope = scopeOf(row);
  return scope === null ? null : keyOf(scope);
}

/** Have the drawn rows that are still on their way fetched. */
function wantDrawn(tree: TreeStore, rows: readonly TreeRow[]): void {
  for (const row of rows) {
    if (row.kind !== "waiting") continue;
    const list = row.parent === null ? tree.projects : tree.branch(row.parent);
    list.want(row.place, row.place + 1);
  }
}

const TYPE_MS = 700;

/** Typed letters go to the next row whose name starts with them. */
function useTypeAhead(
  ref: { current: HTMLElement | null },
  rows: readonly TreeRow[],
  activeAt: number,
  onFound: (row: TreeRow) => void,
): void {
  const latest = useRef({ rows, activeAt, onFound });
  useLayoutEffect(() => {
    latest.current = { rows, activeAt, onFound };
  });
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    let typed = "";
    let timer = 0;
    const onKeyDown = (event: globalThis.KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key.length !== 1 || event.key === " " || event.key === "?") return;
      typed += event.key.toLowerCase();
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        typed = "";
      }, TYPE_MS);
      const { rows: all, activeAt: from } = latest.current;
      const later = [...all.slice(from + (typed.length > 1 ? 0 : 1)), ...all.slice(0, from)];
      const found = later.find((row) => nameOf(row).toLowerCase().startsWith(typed));
      if (found !== undefined) latest.current.onFound(found);
      // Letters typed in the tree are names and not commands.
      event.stopPropagation();
    };
    element.addEventListener("keydown", onKeyDown);
    return () => {
      window.clearTimeout(timer);
      element.removeEventListener("keydown", onKeyDown);
    };
  }, [ref]);
}
