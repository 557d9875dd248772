import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useId, useState } from "react";
import { FileTrigger } from "react-aria-components";
import { useLocation } from "wouter";
import { gql } from "../api/gql";
import { Button } from "../ui/Button";
import { ModalDialog } from "../ui/Overlay";
import styles from "./Importing.module.css";
import { importTargets } from "./documents";
import type { Target } from "./model";
import { chosen, MOST_FILES } from "./picking";
import type { UploadQueue } from "./queue";
import { sizeText } from "./sizes";
import { useImporting } from "./state";
import { w } from "./words";

/** What to import, and where it goes. */
export function ImportDialog({ queue }: { queue: UploadQueue }) {
  const { picked, pick, rejoined, close, openTray } = useImporting();
  useEffect(() => {
    if (picked === null || picked.length === 0) return;
    // What was cut off before goes on at once: it was said already where it goes.
    const others = queue.rejoin(picked);
    if (others.length === picked.length) return;
    useImporting.setState({ rejoined: picked.length - others.length });
    if (others.length > 0) pick(others);
    else openTray();
  }, [picked, pick, queue, openTray]);

  const count = picked?.length ?? 0;
  const size = picked?.reduce((sum, { file }) => sum + file.size, 0) ?? 0;
  const start = (target: Target): void => {
    if (picked !== null) queue.add(picked, target);
    openTray();
  };
  return (
    <ModalDialog title={w("dialog.title")} isOpen onClose={close}>
      <div className={styles.dialog}>
        <div className={styles.pick}>
          <p>{w("dialog.drop")}</p>
          <div className={styles.buttons}>
            <FileTrigger allowsMultiple onSelect={(files) => files && pick(chosen(files))}>
              <Button look="outline" icon="image" autoFocus={count === 0}>
                {w("dialog.files")}
              </Button>
            </FileTrigger>
            <FileTrigger acceptDirectory onSelect={(files) => files && pick(chosen(files))}>
              <Button look="outline" icon="project">
                {w("dialog.folder")}
              </Button>
            </FileTrigger>
          </div>
        </div>
        <div role="status">
          {rejoined > 0 && <p>{w("dialog.rejoined", { count: rejoined })}</p>}
          {picked !== null && (
            <p className={styles.picked}>
              {count === 0
                ? w("dialog.empty")
                : w("dialog.picked", { count, size: sizeText(size) })}
            </p>
          )}
          {count >= MOST_FILES && <p>{w("dialog.most", { count: MOST_FILES })}</p>}
        </div>
        {count > 0 && (
          <>
            <ul className={styles.names}>
              {picked?.slice(0, 5).map(({ path }) => (
                <li key={path}>
                  <bdi>{path.slice(0, 300)}</bdi>
                </li>
              ))}
              {count > 5 && <li>{w("batch.more", { count: count - 5 })}</li>}
            </ul>
            <TargetForm count={count} onStart={start} />
          </>
        )}
      </div>
    </ModalDialog>
  );
}

function TargetForm({ count, onStart }: { count: number; onStart(target: Target): void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const here = useTargets();
  const id = useId();
  const [edited, setEdited] = useState<Partial<Record<"dataset" | "project", string>>>({});
  const dataset = edited.dataset ?? here.dataset;
  const project = edited.project ?? here.project;

  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const [into, within] = [dataset.trim() || null, project.trim() || null];
    if (within !== null && into === null) setProblem(w("dialog.needsDataset"));
    else onStart({ dataset: into, project: within });
  };
  const field = (name: "dataset" | "project", value: string, names: readonly string[]) => (
    <label className={styles.field}>
      {w(`dialog.${name}`)}
      <input
        value={value}
        list={`${id}-${name}`}
        maxLength={255}
        autoComplete="off"
        aria-invalid={name === "dataset" && problem !== null}
        onChange={(event) => {
          setProblem(null);
          setEdited({ ...edited, [name]: event.target.value });
        }}
      />
      <datalist id={`${id}-${name}`}>
        {names.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </datalist>
    </label>
  );
  return (
    <form className={styles.form} onSubmit={submit}>
      {field("project", project, here.projects)}
      {field("dataset", dataset, here.datasets)}
      <p className={styles.note}>{w("dialog.targetHint")}</p>
      {problem !== null && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      <Button look="primary" icon="upload" type="submit" autoFocus>
        {w("dialog.start", { count })}
      </Button>
    </form>
  );
}

/** Names to choose from, and those of the place that one is at. */
function useTargets() {
  const [place] = useLocation();
  const { data } = useQuery({ queryKey: ["importTargets"], queryFn: () => gql(importTargets, {}) });
  const at = /^\/(dataset|project)\/(\d+)/.exec(place);
  const nameOf = (kind: "dataset" | "project"): string => {
    const all = kind === "dataset" ? data?.datasets.nodes : data?.projects.nodes;
    const id = `${kind === "dataset" ? "Dataset" : "Project"}:${at?.[2] ?? ""}`;
    return (at?.[1] === kind && all?.find((each) => each.id === id)?.name) || "";
  };
  return {
    projects: [...new Set(data?.projects.nodes.map(({ name }) => name))],
    datasets: [...new Set(data?.datasets.nodes.map(({ name }) => name))],
    project: nameOf("project"),
    dataset: nameOf("dataset"),
  };
}
