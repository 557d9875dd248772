import { runCommand } from "../commands/registry";
import { Button, IconButton } from "../ui/Button";
import { Check, Choice, ColorField, NumberField, TextField } from "./Fields";
import styles from "./Figure.module.css";
import {
  arranged,
  type Bar,
  type Corner,
  cropInside,
  cropOf,
  type Figure,
  freeId,
  insetFor,
  type Label,
  type LabelPlace,
  litChannels,
  pageAroundPanels,
  PAGES,
  type PageName,
  type Panel,
  type PanelImage,
  panned,
  splitPanels,
  WHITE,
  withChannelOn,
  withoutPanels,
  withPanel,
  zoomed,
} from "./model";
import { w } from "./words";

interface Props {
  figure: Figure;
  images: ReadonlyMap<number, PanelImage>;
  selected: string | null;
  onChange(figure: Figure): void;
  onSelect(id: string | null): void;
}

const PLACES: readonly LabelPlace[] = [
  "top-left",
  "top",
  "top-right",
  "bottom-left",
  "bottom",
  "bottom-right",
  "above",
  "below",
  "left",
  "right",
];
const CORNERS: readonly Corner[] = ["bottom-right", "bottom-left", "top-right", "top-left"];
const BAR: Bar = { micrometres: null, corner: "bottom-right", color: WHITE, label: true };

/** Everything of the page, and of the selected panel. */
export function FigureSide(props: Props) {
  const { figure, images, selected } = props;
  const panel = figure.panels.find(({ id }) => id === selected);
  const image = panel === undefined ? undefined : images.get(panel.image);
  return (
    <div className={styles.side}>
      {panel !== undefined && image !== undefined && (
        <PanelSide {...props} panel={panel} image={image} />
      )}
      {panel !== undefined && image === undefined && (
        <section>
          <h2>{w("figure.missing", { number: panel.image })}</h2>
          <RemoveButton {...props} panel={panel} />
        </section>
      )}
      <PageSide {...props} />
    </div>
  );
}

function PageSide({ figure, onChange, onSelect, images }: Props) {
  const { page } = figure;
  const set = (changes: Partial<Figure["page"]>): void =>
    onChange({ ...figure, page: { ...page, ...changes } });
  const known = (Object.keys(PAGES) as PageName[]).find(
    (name) => PAGES[name][0] === page.width && PAGES[name][1] === page.height,
  );
  const sizes: [PageName | "own", string][] = (Object.keys(PAGES) as PageName[]).map((name) => [
    name,
    w(`page.${name}`),
  ]);
  return (
    <section>
      <h2>{w("side.page")}</h2>
      <Choice
        label={w("side.size")}
        value={known ?? "own"}
        options={[...sizes, ["own", w("page.own")]]}
        onChange={(name) => {
          if (name === "own") return;
          const [width, height] = PAGES[name];
          set({ width, height });
        }}
      />
      <div className={styles.pair}>
        <NumberField
          label={w("side.width")}
          value={page.width}
          min={10}
          max={2000}
          onChange={(width) => width !== null && set({ width })}
        />
        <NumberField
          label={w("side.height")}
          value={page.height}
          min={10}
          max={2000}
          onChange={(height) => height !== null && set({ height })}
        />
      </div>
      <ColorField
        label={w("side.background")}
        value={page.background}
        onChange={(background) => set({ background })}
      />
      {figure.panels.length > 0 && (
        <>
          <div className={styles.buttons}>
            {[1, 2, 3, 4].map((columns) => (
              <Button
                key={columns}
                look="outline"
                aria-label={w("side.arrange", { count: columns })}
                onPress={() => onChange(arranged(figure, columns))}
              >
                {columns}
              </Button>
            ))}
            <span className={styles.muted}>{w("side.columns")}</span>
          </div>
          <Button look="outline" onPress={() => onChange(pageAroundPanels(figure))}>
            {w("side.fit")}
          </Button>
          <Check
            label={w("side.barAll")}
            isOn={figure.panels.every(({ bar }) => bar !== null)}
            onChange={(isOn) =>
              onChange({
                ...figure,
                panels: figure.panels.map((each) => ({
                  ...each,
                  bar: isOn ? (each.bar ?? BAR) : null,
                })),
              })
            }
          />
          <h3>{w("side.panels", { count: figure.panels.length })}</h3>
          <ol className={styles.list}>
            {figure.panels.map((each, at) => (
              <li key={each.id}>
                <Button onPress={() => onSelect(each.id)}>
                  {`${String(at + 1)}. ${images.get(each.image)?.name ?? String(each.image)}`}
                </Button>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

interface PanelProps extends Props {
  panel: Panel;
  image: PanelImage;
}

function PanelSide(props: PanelProps) {
  const { figure, panel, image, onChange, onSelect } = props;
  const set = (changes: Partial<Panel>): void => onChange(withPanel(figure, panel.id, changes));
  const at = figure.panels.indexOf(panel);
  const add = (made: readonly Panel[]): void => {
    onChange({ ...figure, panels: [...figure.panels, ...made] });
    onSelect(made[0]?.id ?? null);
  };
  const swap = (by: number): void => {
    const panels = [...figure.panels];
    const other = panels[at + by];
    if (other === undefined) return;
    [panels[at], panels[at + by]] = [other, panel];
    onChange({ ...figure, panels });
  };
  return (
    <section>
      <h2>{w("figure.panel", { number: at + 1, name: image.name })}</h2>
      <div className={styles.buttons}>
        <Button look="outline" onPress={() => add([insetFor(figure, panel, image)])}>
          {w("side.inset")}
        </Button>
        <Button
          look="outline"
          onPress={() =>
            add([{ ...panel, id: freeId(figure), x: panel.x + 5, y: panel.y + 5, insetOf: null }])
          }
        >
          {w("side.duplicate")}
        </Button>
        {litChannels(image, panel.c).length > 1 && (
          <Button
            look="outline"
            onPress={() => {
              const split = splitPanels(image, panel, figure, w("figure.merged")).map((each) => ({
                ...each,
                crop: panel.crop,
                width: panel.width,
                height: panel.height,
              }));
              const panels = [...figure.panels];
              panels.splice(at, 1, ...split);
              onChange(arranged({ ...figure, panels }, Math.min(4, split.length)));
              onSelect(split[0]?.id ?? null);
            }}
          >
            {w("side.split")}
          </Button>
        )}
        <IconButton
          icon="arrowUp"
          label={w("side.back")}
          isDisabled={at === 0}
          onPress={() => swap(-1)}
        />
        <IconButton
          icon="arrowDown"
          label={w("side.forward")}
          isDisabled={at === figure.panels.length - 1}
          onPress={() => swap(1)}
        />
        <RemoveButton {...props} />
      </div>
      <Place panel={panel} image={image} set={set} />
      <CropFields panel={panel} image={image} set={set} />
      <Planes panel={panel} image={image} set={set} />
      <h3>{w("side.channels")}</h3>
      {image.channels.map((channel, index) => (
        <Check
          // Channels are counted: their number is what they are.
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          label={channel.label}
          isOn={litChannels(image, panel.c).includes(index)}
          onChange={(isOn) => set({ c: withChannelOn(panel.c, index, isOn) })}
        >
          <span className={styles.swatch} style={{ background: `#${channel.color}` }} />
        </Check>
      ))}
      <Check
        label={w("side.grey")}
        isOn={panel.m === "g"}
        onChange={(isOn) => set({ m: isOn ? "g" : null })}
      />
      <Labels panel={panel} image={image} set={set} />
      <BarFields panel={panel} image={image} set={set} />
      <Check label={w("side.rois")} isOn={panel.rois} onChange={(rois) => set({ rois })} />
      {panel.insetOf !== null && (
        <ColorField
          label={w("side.insetColor")}
          value={panel.insetColor}
          onChange={(insetColor) => set({ insetColor })}
        />
      )}
    </section>
  );
}

function RemoveButton({ figure, panel, onChange, onSelect }: Props & { panel: Panel }) {
  return (
    <IconButton
      icon="close"
      label={w("side.remove")}
      onPress={() => {
        onChange(withoutPanels(figure, new Set([panel.id])));
        onSelect(null);
      }}
    />
  );
}

interface PartProps {
  panel: Panel;
  image: PanelImage;
  set(changes: Partial<Panel>): void;
}

function Place({ panel, set }: PartProps) {
  const ratio = panel.height / panel.width;
  return (
    <>
      <h3>{w("side.place")}</h3>
      <div className={styles.pair}>
        <NumberField
          label={w("side.x")}
          value={panel.x}
          onChange={(x) => x !== null && set({ x })}
        />
        <NumberField
          label={w("side.y")}
          value={panel.y}
          onChange={(y) => y !== null && set({ y })}
        />
        <NumberField
          label={w("side.cropWidth")}
          value={panel.width}
          min={0.5}
          max={2000}
          onChange={(width) =>
            width !== null && set({ width, height: Math.round(width * ratio * 100) / 100 })
          }
        />
        <NumberField
          label={w("side.cropHeight")}
          value={panel.height}
          min={0.5}
          max={2000}
          onChange={(height) => height !== null && set({ height })}
        />
      </div>
    </>
  );
}

function CropFields({ panel, image, set }: PartProps) {
  const crop = cropOf(panel, image);
  const change = (changes: Partial<typeof crop>): void =>
    set({ crop: cropInside({ ...crop, ...changes }, image) });
  const move = (dx: number, dy: number): void => set({ crop: panned(panel, image, dx, dy).crop });
  return (
    <>
      <h3>{w("side.crop")}</h3>
      <div className={styles.buttons}>
        <Button look="outline" command="figure.crop" onPress={() => void runCommand("figure.crop")}>
          {w("side.cropDraw")}
        </Button>
        <IconButton
          icon="plus"
          label={w("side.zoomIn")}
          command="figure.zoomIn"
          onPress={() => set({ crop: zoomed(panel, image, 1.25).crop })}
        />
        <IconButton
          icon="minus"
          label={w("side.zoomOut")}
          command="figure.zoomOut"
          onPress={() => set({ crop: zoomed(panel, image, 0.8).crop })}
        />
        <IconButton icon="fit" label={w("side.whole")} onPress={() => set({ crop: null })} />
        <IconButton icon="chevronLeft" label={w("side.moveLeft")} onPress={() => move(-0.1, 0)} />
        <IconButton icon="chevronRight" label={w("side.moveRight")} onPress={() => move(0.1, 0)} />
        <IconButton icon="arrowUp" label={w("side.moveUp")} onPress={() => move(0, -0.1)} />
        <IconButton icon="arrowDown" label={w("side.moveDown")} onPress={() => move(0, 0.1)} />
      </div>
      <div className={styles.pair}>
        {(
          [
            ["x", "side.cropX"],
            ["y", "side.cropY"],
            ["width", "side.cropWidth"],
            ["height", "side.cropHeight"],
          ] as const
        ).map(([key, word]) => (
          <NumberField
            key={key}
            label={w(word)}
            value={crop[key]}
            onChange={(value) => value !== null && change({ [key]: value })}
          />
        ))}
      </div>
    </>
  );
}

function Planes({ panel, image, set }: PartProps) {
  if (image.sizeZ === 1 && image.sizeT === 1) return null;
  return (
    <>
      <h3>{w("side.planes")}</h3>
      <div className={styles.pair}>
        {image.sizeZ > 1 && (
          <NumberField
            label={w("side.z")}
            value={(panel.z ?? image.defaultZ) + 1}
            min={1}
            max={image.sizeZ}
            onChange={(z) => z !== null && set({ z: Math.round(z) - 1 })}
          />
        )}
        {image.sizeT > 1 && (
          <NumberField
            label={w("side.t")}
            value={(panel.t ?? image.defaultT) + 1}
            min={1}
            max={image.sizeT}
            onChange={(t) => t !== null && set({ t: Math.round(t) - 1 })}
          />
        )}
      </div>
    </>
  );
}

function Labels({ panel, image, set }: PartProps) {
  const change = (at: number, changes: Partial<Label>): void =>
    set({
      labels: panel.labels.map((label, index) => (index === at ? { ...label, ...changes } : label)),
    });
  const add = (text: string, place: LabelPlace): void =>
    set({
      labels: [
        ...panel.labels,
        { text, place, size: 10, color: place === "above" ? "000000" : WHITE },
      ],
    });
  return (
    <>
      <h3>{w("side.labels")}</h3>
      {panel.labels.map((label, at) => (
        // Labels have no identity of their own: their place in the list is it.
        // oxlint-disable-next-line react/no-array-index-key
        <fieldset key={at} className={styles.label}>
          <legend className="spoken">{label.text}</legend>
          <TextField
            label={w("side.text")}
            value={label.text}
            onChange={(text) => change(at, { text })}
          />
          <Choice
            label={w("side.where")}
            value={label.place}
            options={PLACES.map((place) => [place, w(`place.${place}`)] as const)}
            onChange={(place) => change(at, { place })}
          />
          <div className={styles.pair}>
            <NumberField
              label={w("side.letter")}
              value={label.size}
              min={2}
              max={200}
              onChange={(size) => size !== null && change(at, { size })}
            />
            <ColorField
              label={w("side.color")}
              value={label.color}
              onChange={(color) => change(at, { color })}
            />
          </div>
          <Button
            icon="close"
            onPress={() => set({ labels: panel.labels.filter((_, index) => index !== at) })}
          >
            {w("side.removeLabel")}
          </Button>
        </fieldset>
      ))}
      <div className={styles.buttons}>
        <Button look="outline" icon="plus" onPress={() => add("A", "top-left")}>
          {w("side.addLabel")}
        </Button>
        <Button
          look="outline"
          onPress={() =>
            add(
              litChannels(image, panel.c)
                .map((index) => image.channels[index]?.label ?? "")
                .join(", "),
              "above",
            )
          }
        >
          {w("side.addChannels")}
        </Button>
      </div>
    </>
  );
}

function BarFields({ panel, image, set }: PartProps) {
  const { bar } = panel;
  const change = (changes: Partial<Bar>): void => set({ bar: { ...(bar ?? BAR), ...changes } });
  return (
    <>
      <h3>{w("side.bar")}</h3>
      {image.pixelSize === null && <p className={styles.muted}>{w("side.noSizes")}</p>}
      <Check
        label={w("side.barOn")}
        isOn={bar !== null}
        onChange={(isOn) => set({ bar: isOn ? BAR : null })}
      />
      {bar !== null && (
        <>
          <NumberField
            label={w("side.barLength")}
            value={bar.micrometres}
            min={1e-6}
            isOptional
            onChange={(micrometres) => change({ micrometres })}
          />
          <Choice
            label={w("side.barCorner")}
            value={bar.corner}
            options={CORNERS.map((corner) => [corner, w(`place.${corner}`)] as const)}
            onChange={(corner) => change({ corner })}
          />
          <ColorField
            label={w("side.color")}
            value={bar.color}
            onChange={(color) => change({ color })}
          />
          <Check
            label={w("side.barText")}
            isOn={bar.label}
            onChange={(label) => change({ label })}
          />
        </>
      )}
    </>
  );
}
