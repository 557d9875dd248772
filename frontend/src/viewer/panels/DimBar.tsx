import { Slider, SliderTrack } from "react-aria-components";
import { IconButton } from "../../ui/Button";
import type { ImageFacts } from "../state/facts";
import type { Session } from "../state/session";
import { inMetres, inSeconds, lengthText, timeText } from "../state/units";
import { useSignal } from "../useSignal";
import { w } from "../words";
import styles from "./DimBar.module.css";
import { Thumb } from "./Thumb";

const RATES = [1, 2, 4, 8, 12, 16, 24] as const;

/** Tracks for planes and time points; nothing for an image that has one of each. */
export function DimBar({ session }: { session: Session }) {
  const { sizeZ, sizeT } = session.facts;
  if (sizeZ === 1 && sizeT === 1) return null;
  return (
    <fieldset className={styles.bar} aria-label={w("dims.label")}>
      {sizeZ > 1 && <DimTrack session={session} axis="z" />}
      {sizeT > 1 && <DimTrack session={session} axis="t" />}
    </fieldset>
  );
}

function DimTrack({ session, axis }: { session: Session; axis: "z" | "t" }) {
  const { facts } = session;
  const at = useSignal(session.view, (view) => view[axis]);
  const count = axis === "z" ? facts.sizeZ : facts.sizeT;
  const place = placeText(facts, axis, at);
  const position = { at: at + 1, count };
  const spoken = place
    ? w("dims.valueTextWith", { ...position, place })
    : w("dims.valueText", position);
  return (
    <div className={styles.dim}>
      <span className={styles.axis} aria-hidden="true">
        {w(axis === "z" ? "dims.z" : "dims.t")}
      </span>
      {axis === "t" && <PlayButton session={session} />}
      <Slider
        className={styles.slider}
        aria-label={w(axis === "z" ? "dims.zLabel" : "dims.tLabel")}
        minValue={1}
        maxValue={count}
        value={at + 1}
        onChange={(value) => session.go(axis, Number(value) - 1)}
        onChangeEnd={() => session.rest()}
      >
        <SliderTrack className={styles.track}>
          {({ state }) => (
            <>
              <div className={styles.line} />
              <div
                className={styles.filled}
                style={{ inlineSize: `${state.getThumbPercent(0) * 100}%` }}
              />
              <Thumb className={styles.thumb} spoken={spoken} />
            </>
          )}
        </SliderTrack>
      </Slider>
      <span className={styles.value}>
        {w("dims.position", position)}
        {place && <span className={styles.where}>{place}</span>}
      </span>
      {axis === "t" && <Rate session={session} />}
    </div>
  );
}

function PlayButton({ session }: { session: Session }) {
  const playing = useSignal(session.player.playing);
  return (
    <IconButton
      icon={playing ? "pause" : "play"}
      label={w(playing ? "dims.pause" : "dims.play")}
      command="viewer.play"
      onPress={() => session.togglePlay()}
    />
  );
}

function Rate({ session }: { session: Session }) {
  const fps = useSignal(session.player.fps);
  return (
    <select
      className={styles.rate}
      aria-label={w("dims.fpsLabel")}
      value={fps}
      onChange={(event) => session.player.fps.set(Number(event.target.value))}
    >
      {RATES.map((rate) => (
        <option key={rate} value={rate}>
          {w("dims.fps", { fps: rate })}
        </option>
      ))}
    </select>
  );
}

/** Height or time of a position, where the file says how far apart planes are. */
export function placeText(facts: ImageFacts, axis: "z" | "t", at: number): string | null {
  const step = axis === "z" ? facts.pixelSize.z : facts.timeStep;
  if (!step) return null;
  const size = axis === "z" ? inMetres(step) : inSeconds(step);
  if (size === null || !(size > 0)) return null;
  if (axis === "t") return timeText(size * at);
  return at === 0 ? `0 ${step.unit}` : lengthText(size * at);
}
