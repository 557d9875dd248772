import "./commands";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useMemo, useState } from "react";
import { Link, useSearch } from "wouter";
import { asApiError } from "../api/errors";
import { useCommandHandlers } from "../commands/registry";
import { AppShell } from "../shell/AppShell";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import { ModalDialog } from "../ui/Overlay";
import styles from "./Figure.module.css";
import { FigureCanvas } from "./FigureCanvas";
import { FigureExport } from "./FigureExport";
import { FigureSide } from "./FigureSide";
import { useFigure } from "./history";
import { imagesOf, keepFigure, loadFigure } from "./keeping";
import {
  arranged,
  emptyFigure,
  type Figure,
  freeId,
  newPanel,
  pageAroundPanels,
  type Panel,
  splitPanels,
  withoutPanels,
  withPanel,
  zoomed,
} from "./model";
import { w } from "./words";

/** A figure: a saved one by its number, or a new one of the images that the address names. */
export function FigurePage({ number }: { number: string | null }) {
  const search = useSearch();
  const client = useQueryClient();
  const { figure, number: opened, open, close } = useFigure();
  // What was saved a moment ago is open already, with all of its steps.
  const isOpen = figure !== null && number !== null && number === opened;
  const answer = useQuery({
    queryKey: ["figure", number, number === null ? search : ""],
    queryFn: async ({ signal }) => {
      const read =
        number === null ? await figureOfAddress(search, signal) : await loadFigure(number, signal);
      return read === undefined ? "unreadable" : read;
    },
    enabled: !isOpen,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const found = answer.data;
  useEffect(() => {
    if (found != null && found !== "unreadable" && !isOpen) open(found, number);
  }, [found, isOpen, number, open]);
  useEffect(
    () => () => {
      close();
      client.removeQueries({ queryKey: ["figure"] });
    },
    [client, close],
  );
  if (isOpen) return <OpenFigure figure={figure} />;
  if (figure !== null && found != null && found !== "unreadable")
    return <OpenFigure figure={figure} />;
  if (answer.isPending || (found != null && found !== "unreadable"))
    return (
      <AppShell screen="figure" context="figure" title={w("figure.opening")}>
        <p className={styles.none} role="status">
          {w("figure.opening")}
        </p>
      </AppShell>
    );
  const error = answer.error === null ? null : asApiError(answer.error);
  const isGone = error === null ? found === null : error.code === "not_found";
  const title = isGone
    ? w("figure.gone", { number: number ?? "" })
    : w(error === null ? "figure.unreadable" : "figure.failed");
  const text = isGone
    ? w("figure.goneText")
    : error === null
      ? w("figure.unreadableText")
      : [error.message, error.remedy].filter(Boolean).join(" ");
  return (
    <AppShell screen="figure" context="figure" title={title}>
      <EmptyState icon="image" title={title} text={text} isAlert isPage>
        <Link href="/figures">{w("figure.home")}</Link>
      </EmptyState>
    </AppShell>
  );
}

export default FigurePage;

function isSame(one: Figure, other: Figure): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * A new figure: `?i=1,2,3` has a panel for each image, `?split=7` one for each channel.
 *
 * `z`, `t` (from 1), `c` and `m` are those of the viewer's address.
 */
async function figureOfAddress(search: string, signal: AbortSignal): Promise<Figure> {
  const query = new URLSearchParams(search);
  const numbers = (query.get("i") ?? query.get("split") ?? "")
    .split(",")
    .filter((each) => /^\d{1,15}$/.test(each))
    .map(Number)
    .slice(0, 100);
  const images = await imagesOf(numbers, signal);
  const plane = (key: string) => {
    const value = Number(query.get(key) ?? Number.NaN);
    return Number.isInteger(value) && value >= 1 ? { [key]: value - 1 } : {};
  };
  const view = {
    ...plane("z"),
    ...plane("t"),
    c: query.get("c") ?? "",
    m: query.get("m") === "g" ? ("g" as const) : null,
    p: query.get("p"),
  };
  const empty = emptyFigure(w("figure.untitled"));
  const panels: Panel[] = [];
  for (const number of numbers) {
    const image = images.get(number);
    if (image === undefined) continue;
    const soFar = { ...empty, panels };
    if (query.has("split")) panels.push(...splitPanels(image, view, soFar, w("figure.merged")));
    else panels.push(newPanel(freeId(soFar), image, numbers.length === 1 ? view : {}));
  }
  const figure = { ...empty, panels };
  const columns = Math.min(4, Math.ceil(Math.sqrt(figure.panels.length)) || 1);
  return pageAroundPanels(
    arranged(figure, query.has("split") ? Math.min(4, figure.panels.length) : columns),
  );
}

function OpenFigure({ figure }: { figure: Figure }) {
  const { change, undo, redo, keep, saved, number } = useFigure();
  const [selected, setSelected] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const [isExporting, setExporting] = useState(false);
  const [isAdding, setAdding] = useState(false);
  const [cropping, setCropping] = useState<string | null>(null);
  const numbers = useMemo(
    () =>
      [...new Set(figure.panels.map(({ image }) => image))].toSorted((one, other) => one - other),
    [figure.panels],
  );
  const known = useQuery({
    queryKey: ["figure images", numbers.join(",")],
    queryFn: ({ signal }) => imagesOf(numbers, signal),
    placeholderData: (before) => before,
    staleTime: 5 * 60_000,
    refetchOnWindowFocus: false,
  });
  const images = known.data ?? new Map();
  const panel = figure.panels.find(({ id }) => id === selected);
  const image = panel === undefined ? undefined : images.get(panel.image);
  const select = (id: string | null, isFocused = false): void => {
    setSelected(id);
    if (isFocused && id !== null)
      requestAnimationFrame(() => document.getElementById(`panel-${id}`)?.focus());
  };
  const step = (by: number): void => {
    const at = figure.panels.findIndex(({ id }) => id === selected);
    const { length } = figure.panels;
    const next = figure.panels[at < 0 ? 0 : (at + by + length) % length];
    select(next?.id ?? null, true);
  };
  const remove = (id: string): void => {
    change(withoutPanels(figure, new Set([id])));
    setSelected(null);
  };
  const save = async (): Promise<void> => {
    try {
      const made = await keepFigure(figure, number);
      keep(made);
      window.history.replaceState(null, "", `/figure/${made}`);
      setSaid(w("figure.saved"));
    } catch (error) {
      setSaid(w("figure.saveFailed", { message: asApiError(error).message }));
    }
  };
  const add = async (wanted: readonly number[]): Promise<void> => {
    setAdding(false);
    const found = await imagesOf(wanted);
    const made: Panel[] = [];
    for (const each of wanted) {
      const one = found.get(each);
      if (one === undefined) setSaid(w("figure.missing", { number: each }));
      else
        made.push(
          newPanel(
            freeId(
              figure,
              made.map(({ id }) => id),
            ),
            one,
          ),
        );
    }
    if (made.length === 0) return;
    const next = { ...figure, panels: [...figure.panels, ...made] };
    change(figure.panels.length === 0 ? arranged(next, 2) : next);
    select(made[0]?.id ?? null, true);
  };
  useCommandHandlers({
    "figure.undo": undo,
    "figure.redo": redo,
    "figure.next": () => step(1),
    "figure.previous": () => step(-1),
    "export.open": () => setExporting(true),
    ...(figure.panels.length > 0 ? { "figure.save": () => void save() } : {}),
    ...(panel === undefined || image === undefined
      ? {}
      : {
          "figure.crop": () => setCropping(panel.id),
          "figure.zoomIn": () =>
            change(withPanel(figure, panel.id, { crop: zoomed(panel, image, 1.25).crop })),
          "figure.zoomOut": () =>
            change(withPanel(figure, panel.id, { crop: zoomed(panel, image, 0.8).crop })),
          "figure.duplicate": () => {
            const id = freeId(figure);
            const twin = { ...panel, id, x: panel.x + 5, y: panel.y + 5, insetOf: null };
            change({ ...figure, panels: [...figure.panels, twin] });
            select(id, true);
          },
        }),
  });
  const isSaved = saved !== null && isSame(saved, figure);
  useEffect(() => {
    if (isSaved || figure.panels.length === 0) return undefined;
    // Work that would be lost is asked about by the browser itself.
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isSaved, figure.panels.length]);
  return (
    <AppShell
      screen="figure"
      context="figure"
      title={figure.name}
      crumbs={
        <nav className={styles.crumbs} aria-label={w("figures.title")}>
          <Link href="/figures">{w("figures.title")}</Link>
          <span className={styles.muted}>/</span>
          <h1 className={styles.title}>{figure.name}</h1>
        </nav>
      }
      inspector={{
        label: w("side.label"),
        content: (
          <FigureSide
            figure={figure}
            images={images}
            selected={selected}
            onChange={(next) => change(next)}
            onSelect={(id) => select(id)}
          />
        ),
      }}
    >
      <div className={styles.page}>
        <div className={styles.bar} role="toolbar" aria-label={w("figure.toolbar")}>
          <input
            className={styles.name}
            aria-label={w("figure.name")}
            value={figure.name}
            maxLength={200}
            onChange={(event) => change({ ...figure, name: event.target.value }, true)}
            onBlur={() => useFigure.setState({ moving: false })}
          />
          <span role="status" className={styles.muted}>
            {said !== "" ? said : isSaved ? w("figure.saved") : w("figure.unsaved")}
          </span>
          <span className={styles.grow} />
          <Button icon="plus" look="outline" onPress={() => setAdding(true)}>
            {w("figure.add")}
          </Button>
          <Button
            look="outline"
            command="figure.save"
            isDisabled={isSaved || figure.panels.length === 0}
            onPress={() => void save()}
          >
            {w("figure.save")}
          </Button>
          <Button
            look="primary"
            isDisabled={figure.panels.length === 0}
            onPress={() => setExporting(true)}
          >
            {w("figure.export")}
          </Button>
        </div>
        {figure.panels.length === 0 ? (
          <EmptyState icon="image" title={w("figure.none")} text={w("figure.noneText")}>
            <Button look="primary" onPress={() => setAdding(true)}>
              {w("figure.add")}
            </Button>
          </EmptyState>
        ) : (
          <div className={styles.desk}>
            <FigureCanvas
              figure={figure}
              images={images}
              selected={selected}
              onSelect={(id) => select(id)}
              onMove={(id, x, y, isDone) => change(withPanel(figure, id, { x, y }), !isDone)}
              onRemove={remove}
              isCropping={cropping !== null && cropping === selected}
              onCrop={(id, crop) => {
                setCropping(null);
                if (crop !== null) change(withPanel(figure, id, { crop }));
                select(id, true);
              }}
            />
          </div>
        )}
      </div>
      {isExporting && <FigureExport figure={figure} onClose={() => setExporting(false)} />}
      {isAdding && (
        <AddImages onClose={() => setAdding(false)} onAdd={(found) => void add(found)} />
      )}
    </AppShell>
  );
}

function AddImages({ onClose, onAdd }: { onClose(): void; onAdd(numbers: number[]): void }) {
  const [text, setText] = useState("");
  const numbers = (text.match(/\d{1,15}/g) ?? []).map(Number).slice(0, 100);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (numbers.length > 0) onAdd(numbers);
  };
  return (
    <ModalDialog title={w("figure.add")} isOpen onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <label className={styles.field}>
          <span>{w("figure.addLabel")}</span>
          {/* A dialog that asks for one thing begins in its field. */}
          {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
          <input autoFocus value={text} onChange={(event) => setText(event.target.value)} />
        </label>
        <Button look="primary" type="submit" isDisabled={numbers.length === 0}>
          {w("figure.add")}
        </Button>
      </form>
    </ModalDialog>
  );
}
