import "./commands";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useLocation } from "wouter";
import { asApiError } from "../api/errors";
import { runCommand, useCommandHandlers } from "../commands/registry";
import { ExportHost } from "../figure/ExportHost";
import { t } from "../i18n";
import { AppShell } from "../shell/AppShell";
import { Button } from "../ui/Button";
import { QueryPeek } from "../ui/QueryPeek";
import styles from "./BrowsePage.module.css";
import { cardClass, DatasetTile, datasetShape, ImageTile, imageShape } from "./cards";
import {
  browseDataset,
  browseImages,
  browseProject,
  type DatasetCard,
  type ImageCard,
} from "./documents";
import { spoken } from "./facts";
import { HierarchyTree } from "./HierarchyTree";
import { ImageRow, rowClass, TableHead, tableShape } from "./ImageTable";
import { Inspector } from "./Inspector";
import { globalId, numberOf } from "./ids";
import { datasetsOf, forgetLists, imagesOf, type OpenList } from "./imageLists";
import { containerOrder, imageOrder } from "./orders";
import "./places";
import { keyOf, type Scope } from "./scope";
import { NOTHING } from "./selection";
import { EmptyScope, ListProblem } from "./states";
import { scopeName, Toolbar } from "./Toolbar";
import { currentTree, renewTree } from "./treeStore";
import { useBrowseState } from "./useBrowseState";
import { clampSize, SIZE_STEP, SORTS } from "./urlState";
import { type GridHandle, VirtualGrid } from "./VirtualGrid";

const CONTAINER_SORTS = SORTS.filter((sort) => !sort.endsWith("acquired"));

/** The images of a scope, or the datasets of a project, with the hierarchy beside them. */
export function BrowsePage({ scope }: { scope: Scope }) {
  const scopeKey = keyOf(scope);
  const browse = useBrowseState(scopeKey);
  const { state, change, selection, select } = browse;
  const [, navigate] = useLocation();
  const [epoch, setEpoch] = useState(0);
  const [isPeeking, setPeeking] = useState(false);
  const grid = useRef<GridHandle>(null);
  // The scope is what its key says; the epoch makes "load anew" a new list.
  // oxlint-disable-next-line react/exhaustive-deps
  const open = useMemo(() => listOf(scope, state.sort), [scopeKey, state.sort, epoch]);
  // oxlint-disable-next-line react/exhaustive-deps
  const tree = useMemo(() => currentTree(), [epoch]);
  const { list } = open;
  useSyncExternalStore(list.subscribe, list.snapshot);
  useEffect(() => {
    if (list.total === null) list.want(0, 1);
  }, [list]);

  const selected = useMemo(() => [...selection.selected], [selection]);
  const reload = (): void => {
    forgetLists();
    renewTree();
    setEpoch((last) => last + 1);
  };
  const resize = (by: number): void => change({ size: clampSize(state.size + by) });
  useCommandHandlers({
    "browse.larger": () => resize(SIZE_STEP),
    "browse.smaller": () => resize(-SIZE_STEP),
    "browse.grid": () => change({ view: "grid" }),
    "browse.table": () => change({ view: "table" }),
    "browse.query": () => setPeeking(true),
    "browse.reload": reload,
  });
  const go = useCallback(
    (address: string, inNewTab: boolean): void => {
      if (inNewTab) window.open(address, "_blank", "noopener");
      else navigate(address);
    },
    [navigate],
  );
  const retry = useCallback(() => list.retry(), [list]);

  const isProject = scope.kind === "project";
  const name = scopeName(scope, open.header);
  const project = scope.kind === "dataset" ? (open.header?.project?.id ?? null) : null;
  const images = isProject ? null : (open as OpenList<ImageCard>);
  return (
    <AppShell
      screen="browse"
      title={name === "" ? t("app.name") : name}
      sidebar={{
        label: t("tree.label"),
        content: (
          <HierarchyTree
            key={epoch}
            tree={tree}
            scope={scope}
            project={project === null ? null : numberOf(project)}
          />
        ),
      }}
      {...(images === null || list.total === 0
        ? {}
        : {
            inspector: {
              label: t("inspector.label"),
              content: (
                <Inspector selected={selected} cardOf={(number) => cardIn(images, number)} />
              ),
            },
          })}
    >
      <div className={styles.browser}>
        <Toolbar
          scope={scope}
          header={open.header}
          state={state}
          sorts={isProject ? CONTAINER_SORTS : SORTS}
          onChange={change}
        />
        {selected.length > 1 && (
          <SelectionBar
            count={selected.length}
            total={list.total ?? 0}
            onClear={() => {
              select({ ...NOTHING, active: selection.active });
              grid.current?.focus();
            }}
          />
        )}
        {list.error !== null && list.total === null ? (
          <ListProblem error={asApiError(list.error)} onRetry={retry} />
        ) : list.total === 0 ? (
          <EmptyScope scope={scope} />
        ) : images === null ? (
          <VirtualGrid
            ref={grid}
            key={`${scopeKey} ${state.sort}`}
            label={t("grid.datasets", { name })}
            open={open as OpenList<DatasetCard>}
            shape={datasetShape(state.size)}
            selection={selection}
            onSelect={select}
            onOpen={(item, inNewTab) => go(`/dataset/${numberOf(item.id)}`, inNewTab)}
            renderCell={(dataset, width) => <DatasetTile dataset={dataset} width={width} />}
            describe={(dataset) =>
              `${dataset.name}, ${t("count.images", { count: dataset.imageCount })}`
            }
            cellClass={cardClass}
          />
        ) : (
          <VirtualGrid
            ref={grid}
            key={`${scopeKey} ${state.sort} ${state.view}`}
            label={t("grid.images", { name })}
            open={images}
            shape={state.view === "grid" ? imageShape(state.size) : tableShape}
            selection={selection}
            onSelect={select}
            onOpen={(item, inNewTab) => go(`/i/${numberOf(item.id)}`, inNewTab)}
            renderCell={(image, width) =>
              state.view === "grid" ? (
                <ImageTile image={image} width={width} size={state.size} />
              ) : (
                <ImageRow image={image} />
              )
            }
            describe={(image) => spoken(image.name, image.pixels)}
            cellClass={state.view === "grid" ? cardClass : rowClass}
            head={
              state.view === "table" && (
                <TableHead sort={state.sort} onSort={(sort) => change({ sort })} />
              )
            }
          />
        )}
        <footer className={styles.footer}>
          <span role="status">
            {list.total === null ? "" : countText(isProject, list.total)}
            {list.far !== null && `. ${t("browse.far", { count: list.far })}`}
          </span>
          {list.error !== null && list.total !== null && (
            <Button className={styles.failed} icon="retry" onPress={retry}>
              {t("error.partial")}
            </Button>
          )}
          <Button className={styles.peek} icon="code" onPress={() => setPeeking(true)}>
            {t("browse.query")}
          </Button>
        </footer>
      </div>
      <ExportHost ids={selected.map((each) => globalId(isProject ? "Dataset" : "Image", each))} />
      <QueryPeek
        {...queryOf(scope, state.sort)}
        isOpen={isPeeking}
        onClose={() => setPeeking(false)}
      />
    </AppShell>
  );
}

function SelectionBar({
  count,
  total,
  onClear,
}: {
  count: number;
  total: number;
  onClear(): void;
}) {
  return (
    <div className={styles.selection} role="status">
      <strong>{t("selection.count", { count, total })}</strong>
      <Button command="export.open" onPress={() => runCommand("export.open")}>
        {t("selection.export")}
      </Button>
      <Button command="export.figure" onPress={() => runCommand("export.figure")}>
        {t("selection.figure")}
      </Button>
      <Button command="browse.clear" className={styles.clear} onPress={onClear}>
        {t("selection.clear")}
      </Button>
    </div>
  );
}

function listOf(
  scope: Scope,
  sort: Parameters<typeof imagesOf>[1],
): OpenList<ImageCard> | OpenList<DatasetCard> {
  return scope.kind === "project" ? datasetsOf(scope.id, sort) : imagesOf(scope, sort);
}

function cardIn(open: OpenList<ImageCard>, number: string): ImageCard | undefined {
  const id = globalId("Image", number);
  return open.list.at(open.list.findIndex((image) => image.id === id));
}

function countText(isProject: boolean, count: number): string {
  return t(isProject ? "count.datasets" : "count.images", { count });
}

/** The question that a scope's first page answers. */
function queryOf(scope: Scope, sort: Parameters<typeof imageOrder>[0]) {
  const order = imageOrder(sort);
  if (scope.kind === "project") {
    const id = globalId("Project", scope.id);
    return { document: browseProject, variables: { id, order: containerOrder(sort), first: 50 } };
  }
  if (scope.kind === "dataset") {
    const id = globalId("Dataset", scope.id);
    return { document: browseDataset, variables: { id, order, first: 100 } };
  }
  const orphaned = scope.kind === "orphaned";
  return { document: browseImages, variables: { orphaned, order, first: 100 } };
}
