import { useState } from "react";
import { Button } from "../../ui/Button";
import { NumberInput } from "../panels/NumberInput";
import { useSignal } from "../useSignal";
import { ColorField, PlaneFields } from "./fields";
import { nameOf } from "./RoiList";
import styles from "./Rois.module.css";
import type { Rois } from "./rois";
import { hasArea, type Kind, type Shape } from "./shape";
import { r, type RoiWord } from "./words";

/** The chosen shapes: text, colour, planes, numbers, and what can be done with them. */
export function ChosenShapes({ rois }: { rois: Rois }) {
  useSignal(rois.revision);
  useSignal(rois.selection);
  const chosen = rois.chosen();
  const [first] = chosen;
  if (!first) return null;
  const isLocked = chosen.every(({ mayEdit }) => !mayEdit);
  const only = chosen.length === 1 ? first : null;
  return (
    <section className={styles.section} aria-label={r("edit.label")}>
      <h2 className={styles.title}>
        <bdi>{only ? nameOf(only) : r("list.chosen", { count: chosen.length })}</bdi>
      </h2>
      {isLocked ? (
        <p className={styles.count}>{r("edit.locked")}</p>
      ) : (
        <>
          <div className={styles.fields}>
            <TextField
              key={`${first.key} text`}
              label={r("edit.text")}
              mark="text"
              value={first.text}
              onChange={(text) => rois.changeChosen((each) => ({ ...each, text }))}
            />
            {only?.roi && (
              <TextField
                key={`${only.key} name`}
                label={r("edit.regionName")}
                mark="name"
                value={only.roiName}
                onChange={(name) => only.roi && rois.rename(only.roi, name.trim())}
              />
            )}
            <ColorField
              label={r("edit.stroke")}
              value={first.stroke}
              onChange={(stroke) =>
                rois.changeChosen((shape) => ({
                  ...shape,
                  stroke,
                  fill: shape.fill && `${stroke.slice(0, 7)}40`,
                }))
              }
            />
            {chosen.some(({ kind }) => hasArea(kind)) && (
              <label className={styles.check}>
                <input
                  type="checkbox"
                  checked={first.fill !== null}
                  onChange={(event) => {
                    const isFilled = event.target.checked;
                    rois.changeChosen((shape) => ({
                      ...shape,
                      fill: isFilled ? `${shape.stroke.slice(0, 7)}40` : null,
                    }));
                  }}
                />
                {r("edit.fill")}
              </label>
            )}
          </div>
          <PlaneFields
            rois={rois}
            value={first}
            onChange={(change) => rois.changeChosen((shape) => ({ ...shape, ...change }))}
          />
          {only && <Numbers rois={rois} shape={only} />}
        </>
      )}
      <div className={styles.acts}>
        <Button command="rois.copy" onPress={() => rois.copyChosen()}>
          {r("edit.copy")}
        </Button>
        <Button command="rois.paste" onPress={() => rois.paste()}>
          {r("edit.paste")}
        </Button>
        <Button
          command="rois.delete"
          isDisabled={chosen.every(({ mayDelete }) => !mayDelete)}
          onPress={() => rois.deleteChosen()}
        >
          {r("edit.delete")}
        </Button>
      </div>
    </section>
  );
}

function TextField({
  label,
  mark,
  value,
  onChange,
}: {
  label: string;
  /** By which the list finds the field that a key leads to. */
  mark: "text" | "name";
  value: string;
  onChange(value: string): void;
}) {
  const [draft, setDraft] = useState<string | null>(null);
  const commit = (): void => {
    setDraft(null);
    if (draft !== null && draft !== value) onChange(draft);
  };
  return (
    <label className={styles.textField}>
      {label}
      <input
        type="text"
        {...{ [`data-roi-${mark}`]: "" }}
        maxLength={mark === "name" ? 255 : 2000}
        value={draft ?? value}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit();
          else if (event.key === "Escape" && draft !== null) setDraft(null);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
    </label>
  );
}

const NAMES: Partial<Record<Kind, readonly RoiWord[]>> = {
  RECTANGLE: ["edit.x", "edit.y", "edit.width", "edit.height"],
  ELLIPSE: ["edit.x", "edit.y", "edit.radiusX", "edit.radiusY"],
  MASK: ["edit.x", "edit.y"],
  POINT: ["edit.x", "edit.y"],
  LABEL: ["edit.x", "edit.y"],
};
/** Corners that have fields: of outlines with hundreds nobody types one. */
const MOST_CORNERS = 12;

/** Place and size to be typed: the way to draw without a pointer. */
function Numbers({ rois, shape }: { rois: Rois; shape: Shape }) {
  const names = NAMES[shape.kind];
  if (shape.transform) return null;
  const fields = names
    ? names.map((word) => r(word))
    : shape.numbers.map((_, at) => {
        const corner = r("edit.corner", { number: Math.floor(at / 2) + 1 });
        return `${corner} ${r(at % 2 === 0 ? "edit.x" : "edit.y")}`;
      });
  const set = (at: number, value: number): void => {
    const isSize = (shape.kind === "RECTANGLE" || shape.kind === "ELLIPSE") && at >= 2;
    const next = isSize ? Math.max(0.01, value) : value;
    rois.changeChosen((each) => ({ ...each, numbers: each.numbers.with(at, next) }));
  };
  return (
    <fieldset className={styles.numbers} aria-label={r("edit.numbers")}>
      {fields.slice(0, 2 * MOST_CORNERS).map((label, at) => (
        <span key={label} className={styles.number}>
          <span aria-hidden="true">{label}</span>
          <NumberInput
            label={label}
            value={shape.numbers[at] ?? 0}
            step={1}
            onChange={(value) => set(at, value)}
          />
        </span>
      ))}
    </fieldset>
  );
}
