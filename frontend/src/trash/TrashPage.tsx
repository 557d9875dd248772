import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queryClient } from "../api/client";
import { asApiError } from "../api/errors";
import type { DeletedKind } from "../api/generated/graphql";
import { gql } from "../api/gql";
import { currentTree } from "../browse/treeStore";
import { HierarchyTree } from "../browse/HierarchyTree";
import { fullName, moment } from "../browse/facts";
import { forgetLists } from "../browse/imageLists";
import { renewTree } from "../browse/treeStore";
import { t, translator } from "../i18n";
import { idsDone } from "../organise/changes";
import { restore } from "../organise/documents";
import { AppShell } from "../shell/AppShell";
import { Button, IconButton } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import { FormDialog } from "../ui/Form";
import { toast } from "../ui/toasts";
import { sayFailed } from "../ui/undo";
import { emptyTrash, trash } from "./documents";
import styles from "./TrashPage.module.css";

const w = translator({
  "trash.text":
    "What was deleted stays here until it is purged. Restoring brings back what went with it, with its links.",
  "trash.kind": "Show",
  "kind.all": "Everything",
  "kind.PROJECT": "Projects",
  "kind.DATASET": "Datasets",
  "kind.SCREEN": "Screens",
  "kind.PLATE": "Plates",
  "kind.IMAGE": "Images",
  "kind.TAG_ANNOTATION": "Tags",
  "trash.restore": "Restore",
  "trash.restoreOf": "Restore {name}",
  "trash.restored": "Restored {name}",
  "trash.more": "Show more",
  "trash.by": "{who}, {time}",
  "trash.empty": "The trash is empty",
  "trash.emptyText": "What you move to the trash can be brought back from here.",
  "trash.purge": "Empty the trash",
  "purge.title": "Empty your trash for good",
  "purge.text":
    "{deletions} {deletions|deletion|deletions} with {rows} {rows|object|objects} are removed for good. This cannot be undone.",
  "purge.files":
    "{files} {files|file|files} that Micrograph keeps are deleted; files that it only refers to stay.",
  "purge.oneOf": "Remove {name} for good",
  "purge.along": "What the same deletion took goes with it.",
  "purge.kept": "Nothing can be removed: something that is not in the trash refers to it.",
  "purge.submit": "Remove for good",
  "purge.asking": "Counting what goes",
  "purge.done": "The trash was emptied: {rows} {rows|object|objects} removed",
  "purge.oneDone": "Removed {name} for good: {rows} {rows|object|objects}",
  "list.label": "Deleted things",
  "state.asking": "Asking",
});

const KINDS = ["PROJECT", "DATASET", "SCREEN", "PLATE", "IMAGE", "TAG_ANNOTATION"] as const;

/** What was deleted: to be brought back, or removed for good. */
export function TrashPage() {
  const [kind, setKind] = useState<(typeof KINDS)[number] | "">("");
  const [purged, setPurged] = useState<Purged | null>(null);
  const { data, error, refetch, hasNextPage, fetchNextPage, isPending } = useInfiniteQuery({
    queryKey: ["trash", kind],
    queryFn: ({ pageParam, signal }) =>
      gql(
        trash,
        { kind: kind === "" ? null : (kind as DeletedKind), after: pageParam },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) =>
      last.trash.pageInfo.hasNextPage ? last.trash.pageInfo.endCursor : null,
    staleTime: 0,
  });
  const things = data?.pages.flatMap((page) => page.trash.nodes) ?? [];
  const bring = async (id: string, name: string): Promise<void> => {
    try {
      idsDone((await gql(restore, { ids: [id] })).result);
      forgetLists();
      renewTree();
      toast(w("trash.restored", { name }));
      await refetch();
    } catch (problem) {
      sayFailed(problem, () => void bring(id, name));
    }
  };
  return (
    <AppShell
      screen="trash"
      title={t("scope.trash")}
      sidebar={{
        label: t("tree.label"),
        content: (
          <HierarchyTree
            tree={currentTree()}
            scope={{ kind: "trash" }}
            parent={null}
            onDrop={() => undefined}
          />
        ),
      }}
    >
      <div className={styles.page}>
        <div className={styles.head}>
          <h1>{t("scope.trash")}</h1>
          <label className={styles.kind}>
            {w("trash.kind")}
            <select value={kind} onChange={(event) => setKind(event.target.value as typeof kind)}>
              <option value="">{w("kind.all")}</option>
              {KINDS.map((each) => (
                <option key={each} value={each}>
                  {w(`kind.${each}`)}
                </option>
              ))}
            </select>
          </label>
          <Button
            look="danger"
            icon="trash"
            isDisabled={things.length === 0}
            onPress={() => setPurged("all")}
          >
            {w("trash.purge")}
          </Button>
        </div>
        {error !== null ? (
          <EmptyState icon="warning" title={asApiError(error).message} isAlert>
            <Button look="outline" icon="retry" onPress={() => void refetch()}>
              {t("action.retry")}
            </Button>
          </EmptyState>
        ) : isPending ? (
          <p role="status">{w("state.asking")}</p>
        ) : things.length === 0 ? (
          <EmptyState icon="trash" title={w("trash.empty")} text={w("trash.emptyText")} />
        ) : (
          <>
            <p className={styles.text}>{w("trash.text")}</p>
            <ul className={styles.list} aria-label={w("list.label")}>
              {things.map(({ cursor, id, name, time, experimenter }) => {
                const shown = name ?? id.replace(":", " ");
                return (
                  <li key={cursor}>
                    <span className={styles.type}>{id.slice(0, id.indexOf(":"))}</span>
                    <span className={styles.name}>{shown}</span>
                    <span className={styles.type}>
                      {w("trash.by", {
                        who: experimenter === null ? "" : fullName(experimenter),
                        time: moment(time),
                      })}
                    </span>
                    <Button
                      look="outline"
                      aria-label={w("trash.restoreOf", { name: shown })}
                      onPress={() => void bring(id, shown)}
                    >
                      {w("trash.restore")}
                    </Button>
                    <IconButton
                      icon="trash"
                      label={w("purge.oneOf", { name: shown })}
                      onPress={() => setPurged({ id, name: shown })}
                    />
                  </li>
                );
              })}
            </ul>
            {hasNextPage && (
              <Button look="outline" onPress={() => void fetchNextPage()}>
                {w("trash.more")}
              </Button>
            )}
          </>
        )}
      </div>
      {purged !== null && (
        <PurgeDialog
          what={purged}
          onClose={() => {
            setPurged(null);
            void queryClient.invalidateQueries({ queryKey: ["trash"] });
          }}
        />
      )}
    </AppShell>
  );
}

/** What is removed for good: all that one deleted, or what went with one thing. */
type Purged = "all" | { readonly id: string; readonly name: string };

function PurgeDialog({ what, onClose }: { what: Purged; onClose(): void }) {
  const ids = what === "all" ? null : [what.id];
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const { data, error } = useQuery({
    queryKey: ["purge", ids],
    queryFn: () => gql(emptyTrash, { dryRun: true, ids }),
    staleTime: 0,
    gcTime: 0,
  });
  const purge = async (): Promise<void> => {
    setBusy(true);
    try {
      const { emptyTrash: done } = await gql(emptyTrash, { dryRun: false, ids });
      const { rows } = done;
      toast(
        what === "all" ? w("purge.done", { rows }) : w("purge.oneDone", { rows, name: what.name }),
      );
      onClose();
    } catch (failure) {
      setProblem(asApiError(failure).message);
      setBusy(false);
    }
  };
  const dry = data?.emptyTrash;
  return (
    <FormDialog
      title={what === "all" ? w("purge.title") : w("purge.oneOf", { name: what.name })}
      submit={w("purge.submit")}
      isDanger
      isBusy={isBusy}
      isReady={dry !== undefined && (what === "all" || dry.deletions > 0)}
      problem={problem ?? (error === null ? null : asApiError(error).message)}
      onSubmit={() => void purge()}
      onClose={onClose}
    >
      {dry === undefined ? (
        <p role="status">{w("purge.asking")}</p>
      ) : (
        <>
          {what !== "all" && <p>{w(dry.deletions === 0 ? "purge.kept" : "purge.along")}</p>}
          <p>{w("purge.text", { deletions: dry.deletions, rows: dry.rows })}</p>
          <p>{w("purge.files", { files: dry.files })}</p>
        </>
      )}
    </FormDialog>
  );
}
