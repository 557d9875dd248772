import { Button as AriaButton, Dialog, DialogTrigger } from "react-aria-components";
import { Button, IconButton, IconToggle } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { MenuButton, Popover } from "../ui/Overlay";
import type { PlateAnswer } from "./documents";
import type { KeyCount } from "./measures";
import styles from "./Plate.module.css";
import type { PlateView, Show } from "./urlState";
import { w, type Word } from "./words";

interface Props {
  plate: PlateAnswer;
  picture: NonNullable<PlateAnswer["picture"]>;
  view: PlateView;
  keys: readonly KeyCount[];
  /** Shown field, from 0. */
  field: number;
  isChoosing: boolean;
  onChoosing(isChoosing: boolean): void;
  onChange(changes: Partial<PlateView>): void;
  onField(by: 1 | -1): void;
  onSize(step: 1 | -1): void;
}

const SHOWS: Record<Show, Word> = {
  image: "show.image",
  both: "show.both",
  values: "show.values",
};

/** Which run and field is shown, and how. */
export function PlateToolbar(props: Props) {
  const { plate, picture, view, field, onChange, onField, onSize } = props;
  const runs = plate.plateAcquisitions.nodes;
  return (
    <div className={styles.bar} role="toolbar" aria-label={w("plate.toolbar")}>
      {runs.length > 0 && <Runs runs={runs} run={view.run} onChange={onChange} />}
      {picture.fieldCount > 1 && (
        <span className={styles.group}>
          <IconButton
            icon="chevronLeft"
            label={w("field.previous")}
            command="plate.previousField"
            isDisabled={field <= 0}
            onPress={() => onField(-1)}
          />
          <span className={styles.field1} aria-live="polite">
            {w("field.of", { at: field + 1, count: picture.fieldCount })}
          </span>
          <IconButton
            icon="chevronRight"
            label={w("field.next")}
            command="plate.nextField"
            isDisabled={field >= picture.fieldCount - 1}
            onPress={() => onField(1)}
          />
        </span>
      )}
      <ColourBy {...props} />
      <MenuButton
        label={w("show.label")}
        entries={(Object.keys(SHOWS) as Show[]).map((show) => ({
          id: show,
          label: w(SHOWS[show]),
          isChosen: show === view.show,
          run: () => onChange({ show }),
        }))}
        trigger={
          <Button look="outline" aria-label={`${w("show.label")}: ${w(SHOWS[view.show])}`}>
            {w(SHOWS[view.show])}
            <Icon name="chevronDown" size={12} />
          </Button>
        }
      />
      <span className={styles.grow} />
      <IconToggle
        look="outline"
        icon="layers"
        label={w("windows.common")}
        isSelected={view.common}
        onChange={(common) => onChange({ common })}
      />
      <span className={styles.group}>
        <IconButton
          icon="minus"
          label={w("size.smaller")}
          command="browse.smaller"
          onPress={() => onSize(-1)}
        />
        <IconButton
          icon="fit"
          label={w("size.fit")}
          command="plate.fit"
          onPress={() => onChange({ size: null })}
        />
        <IconButton
          icon="plus"
          label={w("size.larger")}
          command="browse.larger"
          onPress={() => onSize(1)}
        />
      </span>
    </div>
  );
}

type Run = PlateAnswer["plateAcquisitions"]["nodes"][number];

function Runs({
  runs,
  run,
  onChange,
}: {
  runs: readonly Run[];
  run: string | null;
  onChange(changes: Partial<PlateView>): void;
}) {
  const entries = runs.map((each, at) => ({
    id: each.id.slice(each.id.indexOf(":") + 1),
    label: each.name ?? w("run.named", { number: at + 1 }),
  }));
  const chosen = entries.find(({ id }) => id === run)?.label ?? w("run.all");
  return (
    <MenuButton
      label={w("run.label")}
      entries={[{ id: "", label: w("run.all") }, ...entries].map(({ id, label }) => ({
        id: id === "" ? "all" : id,
        label,
        isChosen: id === (run ?? ""),
        run: () => onChange({ run: id === "" ? null : id }),
      }))}
      trigger={
        <Button look="outline" aria-label={`${w("run.label")}: ${chosen}`}>
          <span className={styles.short}>{chosen}</span>
          <Icon name="chevronDown" size={12} />
        </Button>
      }
    />
  );
}

const FACTS: readonly [string, Word][] = [
  ["type", "by.type"],
  ["status", "by.status"],
  ["fields", "by.fields"],
  ["tags", "by.tags"],
];

function ColourBy({ view, keys, isChoosing, onChoosing, onChange }: Props) {
  const choose = (by: string): void => {
    const isNew = view.by === "" && view.show === "image";
    onChange(by === "" ? { by, show: "image" } : isNew ? { by, show: "both" } : { by });
    onChoosing(false);
  };
  const shown = view.by.startsWith("kv:")
    ? view.by.slice(3)
    : (FACTS.find(([by]) => by === view.by)?.[1] ?? null);
  const name = shown === null ? w("by.none") : view.by.startsWith("kv:") ? shown : w(shown as Word);
  const choices: [string, string, string][] = [
    ["", w("by.none"), ""],
    ...keys.map(({ key, count }): [string, string, string] => [
      `kv:${key}`,
      key,
      w("by.values", { count }),
    ]),
    ...FACTS.map(([by, word]): [string, string, string] => [by, w(word), ""]),
  ];
  return (
    <DialogTrigger isOpen={isChoosing} onOpenChange={onChoosing}>
      <Button look="outline" onPress={() => onChoosing(true)}>
        <span className={styles.muted}>{w("by.label")}</span>{" "}
        <span className={styles.short}>{name}</span>
        <Icon name="chevronDown" size={12} />
      </Button>
      <Popover>
        <Dialog aria-label={w("by.label")} className={styles.choices}>
          {choices.map(([by, label, note]) => (
            <AriaButton
              key={by}
              className={styles.choice}
              aria-pressed={by === view.by}
              {...(by === view.by ? { autoFocus: true } : {})}
              onPress={() => choose(by)}
            >
              <span className={styles.mark}>{by === view.by && <Icon name="check" />}</span>
              <span className={styles.grow}>{label}</span>
              <span className={styles.muted}>{note}</span>
            </AriaButton>
          ))}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
