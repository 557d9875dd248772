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
import { named, type Targets } from "../organise/targets";
import { classes } from "../ui/classes";
import { Icon, type IconName } from "../ui/Icon";
import { useMedia } from "../ui/useMedia";
import { useRowWindow } from "../ui/useRowWindow";
import styles from "./HierarchyTree.module.css";
import { clip, clipKey, paste } from "./clipboard";
import { useDropTarget } from "./dragging";
import { keyOf, pathOf, type Scope } from "./scope";
import { type Container, type TreeRow, type TreeStore, treeRows } from "./treeStore";

interface Props {
  tree: TreeStore;
  /** Where one is; the trash and the search are places, too. */
  scope: Scope | { readonly kind: "trash" | "search" };
  /** Global id of what the shown thing is in: it is opened. */
  parent: string | null;
  /** Something was dropped on a row. */
  onDrop(target: Container, isLink: boolean): void;
}

/** Projects and datasets with their counts, as an ARIA tree of any length. */
export function HierarchyTree({ tree, scope, parent, onDrop }: Props) {
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
  const scopeKey = keyOf(scope as Scope);
  const activeKey = active ?? scopeKey;
  const activeAt = rows.findIndex((row) => keyOfRow(row) === activeKey);

  useEffect(() => {
    if (tree.projects.total === null) tree.projects.want(0, 1);
  }, [tree]);
  useEffect(() => {
    if (parent !== null) tree.setExpanded(parent, true);
  }, [tree, parent]);
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
    if (row?.kind === "trash") navigate("/trash");
    if (row?.kind === "tags") tree.setExpanded(row.container.id, !row.isOpen);
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
    const stroke = clipKey(event);
    if (stroke !== null) {
      event.preventDefault();
      if (stroke === "paste") paste(row !== undefined && "container" in row ? row.container : null);
      else clip(targetsOf(row), stroke === "copy");
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown") moveTo(step(activeAt, 1));
    else if (event.key === "ArrowUp") moveTo(step(activeAt, -1));
    else if (event.key === "Home") moveTo(step(-1, 1));
    else if (event.key === "End") moveTo(step(rows.length, -1));
    else if (event.key === "ArrowRight" && isBranch(row)) {
      if (row.isOpen) moveTo(step(activeAt, 1));
      else tree.setExpanded(row.container.id, true);
    } else if (event.key === "ArrowLeft" && isBranch(row) && row.isOpen) {
      tree.setExpanded(row.container.id, false);
    } else if (event.key === "ArrowLeft" && row !== undefined && "parent" in row) {
      const above = row.parent;
      moveTo(rows.find((each) => "container" in each && each.container.id === above));
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
              onToggle={() => isBranch(row) && tree.setExpanded(row.container.id, !row.isOpen)}
              onDrop={onDrop}
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
  onDrop(target: Container, isLink: boolean): void;
}

const ICONS: Partial<Record<TreeRow["kind"], IconName>> = {
  everything: "layers",
  orphaned: "orphaned",
  tags: "tag",
  tag: "tag",
  trash: "trash",
  project: "project",
  dataset: "dataset",
  screen: "screen",
  plate: "plate",
};
const HEADINGS = {
  projects: "tree.projects",
  datasets: "tree.datasets",
  screens: "tree.screens",
  plates: "tree.plates",
} as const;

function Row({ row, id, isHere, isActive, onOpen, onToggle, onDrop }: RowProps) {
  const drop = useDropTarget("container" in row ? row.container : null, onDrop);
  if (row.kind === "heading") {
    return (
      <div role="presentation" className={styles.heading}>
        {t(HEADINGS[row.text])}
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
  const canOpen = isBranch(row);
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
      aria-expanded={canOpen ? row.isOpen : undefined}
      className={classes(
        styles.row,
        styles[`level${String(row.level)}`],
        isHere && styles.here,
        isActive && styles.active,
        drop.isOver && styles.over,
      )}
      onClick={onOpen}
      onDragOver={drop.onDragOver}
      onDragLeave={drop.onDragLeave}
      onDrop={drop.onDrop}
    >
      {row.level === 1 && (
        <span
          className={classes(styles.twist, canOpen && row.isOpen && styles.open)}
          onClick={(event) => {
            if (!canOpen) return;
            event.stopPropagation();
            onToggle();
          }}
          aria-hidden="true"
        >
          {canOpen && <Icon name="chevronRight" size={12} />}
        </span>
      )}
      {icon !== undefined && <Icon name={icon} />}
      <span className={styles.name}>{nameOf(row)}</span>
      {count !== null && <span className={styles.count}>{integer(count)}</span>}
    </div>
  );
}

function isBranch(row: TreeRow | undefined): row is Extract<TreeRow, { isOpen: boolean }> {
  return row?.kind === "tags" || (row !== undefined && "isBranch" in row && row.isBranch);
}

function nameOf(row: TreeRow): string {
  if (row.kind === "tags") return t("tree.tags");
  if ("container" in row) return row.container.name;
  if (row.kind === "everything") return t("scope.everything");
  if (row.kind === "trash") return t("scope.trash");
  return row.kind === "orphaned" ? t("scope.orphaned") : "";
}

function scopeOf(row: TreeRow): Scope | null {
  if (row.kind === "everything" || row.kind === "orphaned") return { kind: row.kind };
  return "number" in row ? { kind: row.kind, id: row.number } : null;
}

/** A row as something to cut or copy: datasets and plates, out of what they are below. */
function targetsOf(row: TreeRow | undefined): Targets {
  if (row?.kind === "dataset") return named("Dataset", [row.container.id], row.parent);
  if (row?.kind === "plate") return named("Plate", [row.container.id], row.parent);
  return named("Dataset", []);
}

function keyOfRow(row: TreeRow): string | null {
  if (row.kind === "trash" || row.kind === "tags") return row.kind;
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
