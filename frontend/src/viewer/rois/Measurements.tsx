import { useEffect, useRef, useState } from "react";
import { asApiError } from "../../api/errors";
import { useCommandHandlers } from "../../commands/registry";
import { Button } from "../../ui/Button";
import { number } from "../state/units";
import { useSignal } from "../useSignal";
import { CSV, offer } from "../../ui/files";
import { type Measure, measure, measuresCsv, pixelArea, pixelLength } from "./measure";
import { nameOf } from "./RoiList";
import styles from "./Rois.module.css";
import type { Rois } from "./rois";
import { hasArea, isOn, lengthOf, type Shape } from "./shape";
import { r } from "./words";

/** A shape that is still being changed is not measured. */
const REST_MS = 250;

type Answer = Measure | { readonly error: string } | null;

/** Area and intensities of the one chosen shape, counted by the server. */
export function Measurements({ rois }: { rois: Rois }) {
  useSignal(rois.revision);
  useSignal(rois.selection);
  const [only, ...more] = rois.chosen();
  if (!only || more.length > 0) return null;
  return <Measured key={only.key} rois={rois} shape={only} />;
}

function Measured({ rois, shape }: { rois: Rois; shape: Shape }) {
  const { facts } = rois.session;
  const plane = usePlane(rois);
  const answer = useMeasure(rois, shape, plane);
  const length = lengthOf(shape);
  const side = pixelLength(facts);
  if (!hasArea(shape.kind))
    return (
      <section className={styles.section} aria-label={r("measure.label")}>
        {length > 0 ? (
          <p className={styles.area}>
            <span>{r("measure.length")}</span>
            <strong>
              {side === null
                ? r("measure.pixels", { count: number(length) })
                : `${number(length * side)} µm`}
            </strong>
          </p>
        ) : (
          <p className={styles.count}>
            {r("measure.noArea", { kind: r(`kind.${shape.kind}`).toLowerCase() })}
          </p>
        )}
      </section>
    );
  return (
    <section className={styles.section} aria-label={r("measure.label")} aria-busy={answer === null}>
      {answer === null && <p className={styles.count}>{r("measure.working")}</p>}
      {answer && "error" in answer && (
        <p className={styles.count}>{r("measure.failed", { message: answer.error })}</p>
      )}
      {answer && "channels" in answer && <Table rois={rois} found={answer} />}
    </section>
  );
}

function Table({ rois, found }: { rois: Rois; found: Measure }) {
  const { facts } = rois.session;
  const unit = pixelArea(facts);
  return (
    <>
      <p className={styles.area}>
        <span>{r("measure.area")}</span>
        <strong>
          {unit !== null && found.area !== null && `${number(found.area * unit)} µm² · `}
          {r("measure.pixels", { count: found.area ?? 0 })}
        </strong>
      </p>
      <table className={styles.table}>
        <caption className={styles.unseen}>
          {r("measure.title", { name: nameOf(found.shape) })}
        </caption>
        <thead>
          <tr>
            <th scope="col">{r("measure.channel")}</th>
            <th scope="col">{r("measure.mean")}</th>
            <th scope="col">{r("measure.min")}</th>
            <th scope="col">{r("measure.max")}</th>
            <th scope="col">{r("measure.std")}</th>
          </tr>
        </thead>
        <tbody>
          {found.channels.map(({ index, mean, min, max, deviation }) => (
            <tr key={index}>
              <th scope="row">{facts.channels[index]?.label}</th>
              {[mean, min, max, deviation].map((value, at) => (
                // The columns are always these four.
                // oxlint-disable-next-line react/no-array-index-key
                <td key={at}>{value === null ? "–" : number(value, 5)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function usePlane(rois: Rois) {
  const z = useSignal(rois.session.view, (view) => view.z);
  const t = useSignal(rois.session.view, (view) => view.t);
  return { z, t };
}

/** The newest measurement of a shape that is saved and has come to rest. */
function useMeasure(rois: Rois, shape: Shape, { z, t }: { z: number; t: number }): Answer {
  const waiting = useSignal(rois.saver.state, (state) => state.waiting);
  const [answer, setAnswer] = useState<Answer>(null);
  const isReady = waiting === 0 && shape.roi !== null;
  const place = `${shape.z ?? z}/${shape.t ?? t}/${shape.version}`;
  useEffect(() => {
    if (!isReady || !hasArea(shape.kind)) return undefined;
    const controller = new AbortController();
    const timer = window.setTimeout(() => {
      measure([shape], { z, t }, controller.signal).then(
        ([found]) => setAnswer(found ?? null),
        (error: unknown) => {
          if (!controller.signal.aborted) setAnswer({ error: asApiError(error).message });
        },
      );
    }, REST_MS);
    return () => {
      window.clearTimeout(timer);
      controller.abort();
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- place is what a measurement is of
  }, [rois, shape.key, place, isReady]);
  return answer;
}

/** Measures the chosen shapes, or all of the list, into a file. */
export function ExportButton({ rois }: { rois: Rois }) {
  useSignal(rois.revision);
  const chosen = useSignal(rois.selection, (keys) => keys.length);
  const [said, setSaid] = useState("");
  const running = useRef<AbortController | null>(null);
  const run = async (): Promise<void> => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    const { z, t } = rois.session.view.value;
    const shapes = chosen > 0 ? rois.chosen() : [...rois.all()];
    const saved = shapes.filter(({ id }) => id !== null);
    const count = saved.length;
    try {
      const found = await measure(saved, { z, t }, controller.signal, (done) =>
        setSaid(r("measure.progress", { done, count })),
      );
      const name = rois.session.facts.name.replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 80);
      const text = measuresCsv(found, rois.session.facts);
      offer(`${name || "image"}-rois.csv`, new Blob([text], CSV));
      setSaid(r("measure.exported", { count }));
    } catch (error) {
      if (!controller.signal.aborted)
        setSaid(r("measure.failed", { message: asApiError(error).message }));
    }
  };
  useCommandHandlers({ "rois.export": () => void run() });
  useEffect(() => () => running.current?.abort(), []);
  const { z, t } = rois.session.view.value;
  const areSome = [...(chosen > 0 ? rois.chosen() : [])].some((shape) => !isOn(shape, z, t));
  return (
    <div className={styles.export}>
      <Button
        look="outline"
        command="rois.export"
        isDisabled={rois.size === 0}
        onPress={() => void run()}
      >
        {r(chosen > 0 ? "measure.exportChosen" : "measure.export")}
      </Button>
      <output className={styles.count}>
        {said || (areSome && r("measure.onPlane", { z: z + 1, t: t + 1 }))}
      </output>
    </div>
  );
}
