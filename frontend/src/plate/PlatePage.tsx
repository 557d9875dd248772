import "../browse/commands";
import "./commands";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { Link } from "wouter";
import { navigate } from "wouter/use-browser-location";
import { asApiError } from "../api/errors";
import { gql } from "../api/gql";
import { useCommandHandlers } from "../commands/registry";
import { AppShell } from "../shell/AppShell";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/EmptyState";
import { QueryPeek } from "../ui/QueryPeek";
import { AnnotateBar } from "./AnnotateBar";
import { type PlateAnswer, plateDocument, type WellRow } from "./documents";
import { fieldsOfPlate } from "./fields";
import { Legend } from "./Legend";
import { coloured, keysOf } from "./measures";
import styles from "./Plate.module.css";
import { type PlateHandle, PlateGrid } from "./PlateGrid";
import { PlateToolbar } from "./PlateToolbar";
import { columnLabel, rowLabel } from "./places";
import { NO_WELLS, type Wells } from "./selection";
import { formatPlateView, parsePlateView, parseWells, type PlateView, SIZES } from "./urlState";
import { WellInspector } from "./WellInspector";
import { w } from "./words";

/** One plate: its wells as pictures or values, and what is known about them. */
export function PlatePage({ number }: { number: string }) {
  const id = `Plate:${number}`;
  const answer = useQuery({
    queryKey: ["plate", number],
    queryFn: ({ signal }) => gql(plateDocument, { id }, { signal }),
    refetchOnWindowFocus: false,
  });
  const plate = answer.data?.plate;
  if (plate?.picture != null && plate.picture.rows * plate.picture.columns > 0)
    return <OpenPlate key={number} plate={plate} picture={plate.picture} number={number} />;
  if (answer.isPending)
    return (
      <AppShell screen="plate" title={w("plate.opening")}>
        <p className={styles.none} role="status">
          {w("plate.opening")}
        </p>
      </AppShell>
    );
  const error = answer.error === null ? null : asApiError(answer.error);
  const isGone = error === null ? plate === null : error.code === "not_found";
  const title = isGone
    ? w("plate.gone", { number })
    : w(error === null ? "plate.empty" : "plate.failed");
  const text = isGone
    ? w("plate.goneText")
    : error === null
      ? w("plate.emptyText")
      : [error.message, error.remedy].filter(Boolean).join(" ");
  return (
    <AppShell screen="plate" title={title}>
      <EmptyState icon="grid" title={title} text={text} isAlert={error !== null || isGone} isPage>
        {error !== null && !isGone && (
          <Button look="outline" icon="retry" onPress={() => void answer.refetch()}>
            {w("plates.failed")}
          </Button>
        )}
        <Link href="/plates">{w("plate.home")}</Link>
      </EmptyState>
    </AppShell>
  );
}

export default PlatePage;

type Picture = NonNullable<PlateAnswer["picture"]>;

function OpenPlate({
  plate,
  picture,
  number,
}: {
  plate: PlateAnswer;
  picture: Picture;
  number: string;
}) {
  const { rows, columns } = picture;
  const [view, setView] = useState(() => parsePlateView(window.location.search));
  const [wells, setWells] = useState<Wells>(() => wellsOfAddress(rows, columns));
  const [isPeeking, setPeeking] = useState(false);
  const [isBroken, setBroken] = useState(false);
  const [isChoosing, setChoosing] = useState(false);
  const client = useQueryClient();
  const grid = useRef<PlateHandle>(null);
  const all = useMemo(
    () => [plate.rows0, plate.rows1, plate.rows2, plate.rows3].flatMap(({ nodes }) => nodes),
    [plate],
  );
  const byPlace = useMemo(
    () => new Map(all.map((well) => [well.row * columns + well.column, well])),
    [all, columns],
  );
  const there = useMemo(() => new Set(byPlace.keys()), [byPlace]);
  const keys = useMemo(() => keysOf(all), [all]);
  const colouring = useMemo(
    () => (view.by === "" ? null : coloured(all, view.by, columns, w("legend.others"))),
    [all, view.by, columns],
  );
  const remember = (nextView: PlateView, nextWells: Wells): void => {
    const active = nextWells.active < 0 ? null : placeOf(nextWells.active, columns);
    const query = formatPlateView(nextView, { active, selected: nextWells.selected, columns });
    const { pathname } = window.location;
    const address = query === "" ? pathname : `${pathname}?${query}`;
    window.history.replaceState(window.history.state, "", address);
  };
  const change = (changes: Partial<PlateView>): void => {
    const next = { ...view, ...changes };
    setView(next);
    remember(next, wells);
  };
  const select = (next: Wells): void => {
    setWells(next);
    remember(view, next);
  };
  const label = (place: number): string => {
    const { row, column } = placeOf(place, columns);
    return `${rowLabel(row, plate.rowNamingConvention)}${columnLabel(column, plate.columnNamingConvention)}`;
  };
  const field = view.field ?? picture.defaultField;
  const stepField = (by: number): void =>
    change({ field: Math.min(picture.fieldCount - 1, Math.max(0, field + by)) });
  const open = async (place: number, index: number, inNewTab: boolean): Promise<void> => {
    const fields = await fieldsOfPlate(client, plate, view.run);
    const image = fields.get(place)?.[index];
    if (image === undefined) return;
    if (inNewTab) window.open(`/i/${image}`, "_blank", "noopener");
    else {
      // The same field of the other wells is what the viewer goes on to.
      const siblings = [...fields]
        .toSorted(([one], [other]) => one - other)
        .flatMap(([, images]) => images[index] ?? []);
      const from = window.location.pathname + window.location.search;
      navigate(`/i/${image}`, { state: { siblings, from } });
    }
  };
  const resize = (step: 1 | -1): void => {
    const now = grid.current?.cell() ?? 48;
    const larger = SIZES.find((size) => size > now) ?? SIZES.at(-1);
    const smaller = SIZES.findLast((size) => size < now) ?? SIZES[0];
    change({ size: (step > 0 ? larger : smaller) ?? null });
  };
  useCommandHandlers({
    "plate.previousField": () => stepField(-1),
    "plate.nextField": () => stepField(1),
    "plate.show": () => change({ show: NEXT_SHOW[view.show] }),
    "plate.by": () => setChoosing(true),
    "plate.fit": () => change({ size: null }),
    "browse.larger": () => resize(1),
    "browse.smaller": () => resize(-1),
    "browse.query": () => setPeeking(true),
  });
  const selectedWells = useMemo(
    () => [...wells.selected].flatMap((place) => byPlace.get(place) ?? ([] as readonly WellRow[])),
    [wells.selected, byPlace],
  );
  const describe = useCallback(
    (place: number): string => spoken(place, label(place), byPlace, colouring?.texts, wells),
    // The label follows from the plate, which is this component's own.
    // oxlint-disable-next-line react/exhaustive-deps
    [byPlace, colouring, wells],
  );
  const measureName = nameOfMeasure(view.by);
  const focused = wells.active < 0 ? "" : label(wells.active);
  return (
    <AppShell
      screen="plate"
      title={plate.name}
      crumbs={<Crumbs plate={plate} />}
      inspector={{
        label: w("inspector.label"),
        content: (
          <WellInspector
            well={byPlace.get(wells.active)}
            label={focused}
            run={view.run}
            many={selectedWells}
            colouring={colouring}
            measure={view.by}
            onOpenField={(index, _, inNewTab) => void open(wells.active, index, inNewTab)}
          />
        ),
      }}
    >
      <div className={styles.page}>
        <PlateToolbar
          plate={plate}
          picture={picture}
          view={view}
          keys={keys}
          field={field}
          isChoosing={isChoosing}
          onChoosing={setChoosing}
          onChange={change}
          onField={stepField}
          onSize={resize}
        />
        <AnnotateBar
          wells={selectedWells}
          canAnnotate={plate.canAnnotate}
          onChanged={() => void client.invalidateQueries({ queryKey: ["plate", number] })}
          onClear={() => {
            select({ ...NO_WELLS, active: wells.active });
            grid.current?.focus();
          }}
        />
        {isBroken && (
          <p className={styles.broken} role="alert">
            {w("plate.failed")}
          </p>
        )}
        <PlateGrid
          ref={grid}
          plate={plate}
          picture={picture}
          view={view}
          wells={wells}
          there={there}
          colouring={colouring}
          describe={describe}
          onSelect={select}
          onOpen={(place, inNewTab) => void open(place, field, inNewTab)}
          onTileFailed={setBroken}
        />
        <footer className={styles.footer}>
          {colouring !== null && (
            <Legend
              name={measureName}
              colouring={colouring}
              onSelect={(category) => select(wellsOf(category, colouring.texts, wells))}
            />
          )}
          <span className={styles.count} role="status">
            {w("plates.wells", { count: plate.wellCount })}
          </span>
          <Button icon="code" onPress={() => setPeeking(true)}>
            {w("plate.query")}
          </Button>
        </footer>
      </div>
      <QueryPeek
        document={plateDocument}
        variables={{ id: plate.id }}
        isOpen={isPeeking}
        onClose={() => setPeeking(false)}
      />
    </AppShell>
  );
}

const NEXT_SHOW = { image: "both", both: "values", values: "image" } as const;

function Crumbs({ plate }: { plate: PlateAnswer }) {
  const screen = plate.screens.nodes[0];
  return (
    <nav className={styles.crumbs} aria-label={w("plate.crumbs")}>
      <Link href="/plates">{w("plates.title")}</Link>
      <span className={styles.muted}>/</span>
      {screen !== undefined && (
        <>
          <span className={styles.muted}>{screen.name}</span>
          <span className={styles.muted}>/</span>
        </>
      )}
      <h1 className={styles.title}>{plate.name}</h1>
    </nav>
  );
}

function placeOf(place: number, columns: number): { row: number; column: number } {
  return { row: Math.floor(place / columns), column: place % columns };
}

function wellsOfAddress(rows: number, columns: number): Wells {
  const { active, selected } = parseWells(window.location.search, rows, columns);
  const all = selected.size === 0 && active >= 0 ? new Set([active]) : selected;
  return { selected: all, active, anchor: active };
}

function wellsOf(category: string, texts: ReadonlyMap<number, string>, wells: Wells): Wells {
  const known = new Set(texts.values()).has(category);
  const places = [...texts].flatMap(([place, text]) => (text === category ? [place] : []));
  if (!known || places.length === 0) return wells;
  const first = Math.min(...places);
  return { selected: new Set(places), active: first, anchor: first };
}

/** What a measure is called. */
function nameOfMeasure(by: string): string {
  if (by.startsWith("kv:")) return by.slice(3);
  const words = {
    type: "by.type",
    status: "by.status",
    fields: "by.fields",
    tags: "by.tags",
  } as const;
  return by in words ? w(words[by as keyof typeof words]) : "";
}

function spoken(
  place: number,
  label: string,
  byPlace: ReadonlyMap<number, WellRow>,
  texts: ReadonlyMap<number, string> | undefined,
  wells: Wells,
): string {
  const well = byPlace.get(place);
  if (well === undefined) return w("well.missing", { label });
  return [
    label,
    well.type ?? "",
    w("well.fieldsSpoken", { count: well.fieldCount }),
    texts === undefined ? "" : (texts.get(place) ?? w("well.noValue")),
    ...well.tags.map(({ textValue }) => textValue ?? ""),
    wells.selected.has(place) ? w("well.selected") : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}
