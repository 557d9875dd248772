import "./commands";
import {
  type DragEvent,
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { useLocation } from "wouter";
import { queryClient } from "../api/client";
import { asApiError } from "../api/errors";
import { runCommand, useCommandHandlers } from "../commands/registry";
import { ExportHost } from "../figure/ExportHost";
import { t } from "../i18n";
import { OrganiseHost } from "../organise/OrganiseHost";
import { ask, onChanged } from "../organise/state";
import { named, type Targets } from "../organise/targets";
import { AppShell } from "../shell/AppShell";
import { Button } from "../ui/Button";
import type { MenuEntry } from "../ui/Overlay";
import { QueryPeek } from "../ui/QueryPeek";
import styles from "./BrowsePage.module.css";
import { ContainerTile, cardClass, datasetShape, ImageTile, imageShape } from "./cards";
import {
  browseAbout,
  browseDataset,
  browseImages,
  browseProject,
  browseScreen,
  type ContainerCard,
  type ImageCard,
} from "./documents";
import { clip, paste, useClip } from "./clipboard";
import { startDrag, takeDragged } from "./dragging";
import { FilterBox } from "./FilterBox";
import { spoken } from "./facts";
import { HierarchyTree } from "./HierarchyTree";
import { ImageRow, rowClassOf, TableHead, tableShape } from "./ImageTable";
import { Inspector } from "./Inspector";
import { numberOf } from "./ids";
import {
  type ContainerList,
  forgetLists,
  type ImageList,
  listOf,
  safeFilter,
  wholeFilter,
} from "./imageLists";
import { containerOrder, imageOrder, shownSort } from "./orders";
import "./places";
import { SelectionBar } from "./SelectionBar";
import { idOf, keyOf, listedIn, type Scope } from "./scope";
import { countOf, has, NOTHING, only, type Selection, whole } from "./selection";
import { EmptyScope, ListProblem, NothingFound } from "./states";
import { scopeName, Toolbar } from "./Toolbar";
import type { TableWish } from "./tableCsv";
import { currentTree, renewTree } from "./treeStore";
import { type BrowseState, clampSize, SIZE_STEP } from "./urlState";
import { useBrowseState } from "./useBrowseState";
import { type GridHandle, VirtualGrid } from "./VirtualGrid";

const FacetPanel = lazy(async () => ({
  default: (await import("./FacetPanel")).FacetPanel,
}));
const TableExport = lazy(() => import("./TableExport"));

/** The images of a scope, or the datasets of a project, with the hierarchy beside them. */
export function BrowsePage({ scope }: { scope: Scope }) {
  const scopeKey = keyOf(scope);
  const browse = useBrowseState(scopeKey);
  const { state, change, selection, select } = browse;
  const [, navigate] = useLocation();
  const [epoch, setEpoch] = useState(0);
  const [treeEpoch, setTreeEpoch] = useState(0);
  const [isPeeking, setPeeking] = useState(false);
  const [wish, setWish] = useState<TableWish | null>(null);
  const grid = useRef<GridHandle>(null);
  const listed = listedIn(scope);
  const isImages = listed === "Image";
  const query = isImages ? state.query : "";
  const sort = shownSort(state.sort, listed);
  // The scope is what its key says; the epoch makes "load anew" a new list.
  const open = useMemo(
    () => listOf(scope, query, sort),
    // oxlint-disable-next-line react/exhaustive-deps
    [scopeKey, query, sort, epoch],
  );
  // oxlint-disable-next-line react/exhaustive-deps
  const tree = useMemo(() => currentTree(), [epoch, treeEpoch]);
  const held = useClip((store) => store.clip);
  const { list } = open;
  useSyncExternalStore(list.subscribe, list.snapshot);
  useEffect(() => {
    if (list.total === null) list.want(0, 1);
  }, [list]);
  const reload = useCallback((): void => {
    forgetLists();
    renewTree();
    setEpoch((last) => last + 1);
  }, []);
  const isNarrowed = query !== "" || scope.kind === "tag";
  useEffect(
    () =>
      onChanged((touched) => {
        void queryClient.invalidateQueries({ queryKey: ["facets"] });
        // What was moved or deleted is no longer here to be selected.
        if (touched === "places") select(NOTHING);
        if (touched === "places" || isNarrowed) reload();
        else {
          renewTree();
          setTreeEpoch((last) => last + 1);
        }
      }),
    [reload, select, isNarrowed],
  );

  const total = list.total ?? 0;
  const selected = useMemo(
    () => (selection.isWhole === true ? [] : [...selection.selected]),
    [selection],
  );
  const count = countOf(selection, total);
  const targets = useMemo(
    () => targetsOf(scope, query, selection, total),
    // oxlint-disable-next-line react/exhaustive-deps
    [scopeKey, query, selection, total],
  );
  useChangeCommands(targets, scope, () => select(whole(selection.active)));
  const resize = (by: number): void => change({ size: clampSize(state.size + by) });
  useCommandHandlers({
    "browse.larger": () => resize(SIZE_STEP),
    "browse.smaller": () => resize(-SIZE_STEP),
    "browse.grid": () => change({ view: "grid" }),
    "browse.table": () => change({ view: "table" }),
    "browse.facets": () => change({ facets: !state.facets }),
    "browse.query": () => setPeeking(true),
    "browse.reload": reload,
    ...(isImages ? { "browse.csv": () => setWish({ scope, query, sort, selection: null }) } : {}),
    ...(isImages && count > 0
      ? { "browse.csvSelected": () => setWish({ scope, query, sort, selection }) }
      : {}),
  });
  const go = useCallback(
    (address: string, inNewTab: boolean): void => {
      if (inNewTab) window.open(address, "_blank", "noopener");
      else navigate(address);
    },
    [navigate],
  );
  const retry = useCallback(() => list.retry(), [list]);
  const setQuery = useCallback((next: string): void => change({ query: next }), [change]);
  const onDrag = (event: DragEvent, number: string): void => {
    if (has(selection, number)) startDrag(event, targets);
    else {
      const place = Number((event.target as HTMLElement).dataset.place ?? -1);
      select(only(number, place));
      startDrag(event, named(listed, [`${listed}:${number}`], idOf(scope)));
    }
  };

  const name = scopeName(scope, open.header);
  const facetFilter = useMemo(
    () => wholeFilter(scope, query),
    // oxlint-disable-next-line react/exhaustive-deps
    [scopeKey, query],
  );
  const cardOf = (number: string): ImageCard | undefined => cardIn(open as ImageList, number);
  const hasInspector = total > 0 || open.header !== null;
  const clear = (): void => {
    select({ ...NOTHING, active: selection.active });
    grid.current?.focus();
  };
  return (
    <AppShell
      screen="browse"
      title={name === "" ? t("app.name") : name}
      sidebar={{
        label: t("tree.label"),
        content: (
          <HierarchyTree
            key={`${String(epoch)} ${String(treeEpoch)}`}
            tree={tree}
            scope={scope}
            parent={open.header?.parent?.id ?? (scope.kind === "tag" ? "tags" : null)}
            onDrop={(target, isLink) => {
              const dropped = takeDragged();
              if (dropped === null) return;
              ask({ kind: "drop", targets: dropped, to: target.id, name: target.name, isLink });
            }}
          />
        ),
      }}
      {...(hasInspector
        ? {
            inspector: {
              label: t("inspector.label"),
              content: (
                <Inspector
                  type={listed}
                  selected={selected}
                  count={count}
                  thing={idOf(scope)}
                  cardOf={cardOf}
                />
              ),
            },
          }
        : {})}
    >
      <div className={styles.browser}>
        <Toolbar
          scope={scope}
          header={open.header}
          state={state}
          sort={sort}
          filter={facetFilter}
          onChange={change}
          menu={[...scopeMenu(scope, open.header, held !== null), ...(isImages ? TABLE_MENU : [])]}
        />
        {isImages && <FilterBox query={query} onChange={setQuery} />}
        {(count > 1 || selection.isWhole === true) && (
          <SelectionBar
            count={count}
            total={total}
            isWhole={selection.isWhole === true}
            targets={targets}
            onAll={() => select(whole(selection.active))}
            onClear={clear}
          />
        )}
        <div className={styles.middle}>
          {isImages && state.facets && (
            <Suspense fallback={null}>
              <FacetPanel filter={facetFilter} query={query} onQuery={setQuery} />
            </Suspense>
          )}
          {list.error !== null && list.total === null ? (
            <ListProblem error={asApiError(list.error)} onRetry={retry} />
          ) : list.total === 0 ? (
            query === "" ? (
              <EmptyScope scope={scope} />
            ) : (
              <NothingFound onClear={() => setQuery("")} />
            )
          ) : (
            <Shown
              key={`${scopeKey} ${sort} ${query} ${isImages ? state.view : ""}`}
              grid={grid}
              open={open}
              listed={listed}
              name={name}
              state={state}
              selection={selection}
              onSelect={select}
              onSort={(next) => change({ sort: next })}
              onOpen={go}
              onDrag={onDrag}
              onClip={(stroke) => {
                if (stroke === "paste") paste(here(scope, open.header));
                else clip(targets, stroke === "copy");
              }}
            />
          )}
        </div>
        <footer className={styles.footer}>
          <span role="status">
            {list.total === null ? "" : countText(listed, list.total)}
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
      <OrganiseHost />
      <ExportHost ids={targets.ids ?? []} />
      {wish !== null && (
        <Suspense fallback={null}>
          <TableExport wish={wish} name={name} onClose={() => setWish(null)} />
        </Suspense>
      )}
      <QueryPeek
        {...queryOf(scope, query, sort)}
        isOpen={isPeeking}
        onClose={() => setPeeking(false)}
      />
    </AppShell>
  );
}

interface ShownProps {
  grid: React.Ref<GridHandle>;
  open: ImageList | ContainerList;
  listed: ReturnType<typeof listedIn>;
  name: string;
  state: BrowseState;
  selection: Selection;
  onSelect(selection: Selection): void;
  onSort(sort: BrowseState["sort"]): void;
  onOpen(address: string, inNewTab: boolean): void;
  onDrag(event: DragEvent, id: string): void;
  onClip(stroke: "cut" | "copy" | "paste"): void;
}

function Shown({ grid, open, listed, name, state, ...rest }: ShownProps): ReactNode {
  const { selection, onSelect, onSort, onOpen, onDrag, onClip } = rest;
  const common = { ref: grid, selection, onSelect, onDrag, onClip };
  if (listed !== "Image") {
    const isPlate = listed === "Plate";
    return (
      <VirtualGrid
        {...common}
        label={t(isPlate ? "grid.plates" : "grid.datasets", { name })}
        open={open as ContainerList}
        shape={datasetShape(state.size)}
        onOpen={(item, inNewTab) =>
          onOpen(`/${listed.toLowerCase()}/${numberOf(item.id)}`, inNewTab)
        }
        renderCell={(container, width) => <ContainerTile container={container} width={width} />}
        describe={(item: ContainerCard) =>
          `${item.name}, ${t(isPlate ? "count.wells" : "count.images", { count: item.count })}`
        }
        cellClass={cardClass}
      />
    );
  }
  const isGrid = state.view === "grid";
  return (
    <VirtualGrid
      {...common}
      label={t("grid.images", { name })}
      open={open as ImageList}
      shape={isGrid ? imageShape(state.size) : tableShape}
      onOpen={(item, inNewTab) => onOpen(`/i/${numberOf(item.id)}`, inNewTab)}
      renderCell={(image, width) =>
        isGrid ? (
          <ImageTile image={image} width={width} size={state.size} />
        ) : (
          <ImageRow image={image} sort={state.sort} />
        )
      }
      describe={(image) => spoken(image.name, image.pixels)}
      cellClass={isGrid ? cardClass : rowClassOf(state.sort)}
      head={!isGrid && <TableHead sort={state.sort} onSort={onSort} />}
    />
  );
}

/** What the selection stands for: ids, or everything that scope and query find. */
function targetsOf(scope: Scope, query: string, selection: Selection, total: number): Targets {
  const type = listedIn(scope);
  const from = scope.kind === "tag" || scope.kind === "plate" ? null : idOf(scope);
  const ids = [...selection.selected].map((number) => `${type}:${number}`);
  if (selection.isWhole !== true) return named(type, ids, from);
  const filter = wholeFilter(scope, query);
  const rest = ids.length === 0 ? filter : { and: [filter, { not: { id: { in: ids } } }] };
  return { type, ids: null, filter: rest, count: countOf(selection, total), from };
}

/** Answer to the commands that change the selection, or the thing that is shown. */
function useChangeCommands(targets: Targets, scope: Scope, selectAll: () => void): void {
  const isSome = targets.count > 0;
  const on = (kind: "tag" | "pairs" | "comment" | "rate" | "move" | "delete" | "unlink") => ({
    [`change.${kind}`]: () => ask({ kind, targets }),
  });
  const single = targets.ids?.length === 1 ? targets.ids[0] : idOf(scope);
  const project = scope.kind === "project" ? idOf(scope) : null;
  useCommandHandlers({
    "browse.all": selectAll,
    "change.newDataset": () => ask({ kind: "newDataset", project }),
    ...(isSome ? { ...on("tag"), ...on("pairs"), ...on("comment"), ...on("rate") } : {}),
    ...(isSome ? { ...on("move"), ...on("delete") } : {}),
    ...(isSome && targets.from !== null ? on("unlink") : {}),
    ...(single == null || single.startsWith("TagAnnotation:")
      ? {}
      : { "change.rename": () => ask({ kind: "rename", id: single }) }),
  });
}

/** The thing that is shown, to put something into it; null where none is. */
function here(scope: Scope, header: { name: string } | null): { id: string; name: string } | null {
  const id = idOf(scope);
  return id === null || header === null ? null : { id, name: header.name };
}

/** After the menu has given the focus back, so that the dialog may take it. */
function later(question: Parameters<typeof ask>[0]): void {
  window.setTimeout(() => ask(question), 0);
}

/** What can be done with the table of images. */
const TABLE_MENU: readonly (MenuEntry | null)[] = [
  null,
  {
    id: "csv",
    label: t("csv.all"),
    icon: "table",
    command: "browse.csv",
    run: () => window.setTimeout(() => void runCommand("browse.csv"), 0),
  },
];

/** What can be done with the thing that a screen is about. */
function scopeMenu(
  scope: Scope,
  header: { id: string; name: string; canEdit: boolean } | null,
  canPaste: boolean,
) {
  const project = scope.kind === "project" ? idOf(scope) : null;
  const fresh: (MenuEntry | null)[] = [
    {
      id: "newProject",
      label: t("change.newProject"),
      icon: "project",
      run: () => later({ kind: "newProject" }),
    },
    {
      id: "newDataset",
      label: t("change.newDataset"),
      icon: "dataset",
      run: () => later({ kind: "newDataset", project }),
    },
  ];
  if (canPaste) {
    fresh.push({
      id: "paste",
      label: t("change.pasteHere"),
      command: "change.paste",
      run: () => paste(here(scope, header)),
    });
  }
  if (header === null) return fresh;
  const type = header.id.slice(0, header.id.indexOf(":")) as Targets["type"];
  const own: (MenuEntry | null)[] = [
    null,
    {
      id: "delete",
      label: t("change.thisDelete"),
      icon: "trash",
      run: () => later({ kind: "delete", targets: named(type, [header.id]) }),
    },
  ];
  if (type === "TagAnnotation") return [...fresh, ...own];
  return [
    ...fresh,
    null,
    {
      id: "rename",
      label: t("change.thisRename"),
      icon: "pencil" as const,
      run: () => later({ kind: "rename", id: header.id }),
    },
    {
      id: "download",
      label: t("change.thisDownload"),
      icon: "download" as const,
      href: `/archive?ids=${header.id}`,
    },
    ...own,
  ];
}

function cardIn(open: ImageList, number: string): ImageCard | undefined {
  return open.list.at(open.list.findIndex((image) => image.id === `Image:${number}`));
}

function countText(listed: ReturnType<typeof listedIn>, count: number): string {
  const words = {
    Image: "count.images",
    Dataset: "count.datasets",
    Plate: "count.plates",
  } as const;
  return t(words[listed], { count });
}

/** The question that a list's first page answers. */
function queryOf(scope: Scope, query: string, sort: BrowseState["sort"]) {
  const asked = imageOrder(sort);
  const id = idOf(scope) ?? "";
  const filter = safeFilter(query);
  switch (scope.kind) {
    case "project":
      return {
        document: browseProject,
        variables: { id, order: containerOrder(sort, "Dataset"), first: 50 },
      };
    case "screen":
      return {
        document: browseScreen,
        variables: { id, order: containerOrder(sort, "Plate"), first: 50 },
      };
    case "dataset":
      return {
        document: browseDataset,
        variables: { id, filter, filtered: filter !== null, ...asked, first: 100 },
      };
    case "tag":
    case "plate":
      return {
        document: browseAbout,
        variables: { id, filter: wholeFilter(scope, query), ...asked, first: 100 },
      };
    default:
      return {
        document: browseImages,
        variables: { orphaned: scope.kind === "orphaned", filter, ...asked, first: 100 },
      };
  }
}
