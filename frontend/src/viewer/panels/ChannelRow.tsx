import { IconButton } from "../../ui/Button";
import type { ChannelFacts } from "../state/facts";
import type { Session } from "../state/session";
import { saturatedShare } from "../state/contrast";
import { swatchColor } from "../state/colors";
import { number } from "../state/units";
import { shownChannels, soloed, toggled } from "../state/view";
import { useSignal } from "../useSignal";
import { w } from "../words";
import styles from "./ChannelsPanel.module.css";
import { ColorButton } from "./ColorButton";
import { NumberInput } from "./NumberInput";
import { WindowSlider } from "./WindowSlider";

/** One channel: on or off, its colour, its window over its histogram. */
export function ChannelRow({
  session,
  index,
  log,
}: {
  session: Session;
  index: number;
  log: boolean;
}) {
  const facts = session.facts.channels[index];
  const channel = useSignal(session.view, (view) => view.channels[index]);
  const histogram = useSignal(session.histograms.state, (state) => state.histograms.get(index));
  const failed = useSignal(session.histograms.state, (state) => state.failed);
  const grey = useSignal(session.view, (view) => view.model === "g");
  const shown = useSignal(session.view, (view) => shownChannels(view).includes(index));
  if (!facts || !channel) return null;
  const { start, end } = channel;
  const { label } = facts;
  const color = grey ? "var(--swatchGrey)" : swatchColor(channel.color);
  const saturated = histogram ? saturatedShare(histogram, end) * 100 : null;
  const several = session.facts.channels.length > 1;
  const step = session.facts.integral ? 1 : (facts.max - facts.min) / 200 || 0.01;

  return (
    <li
      className={styles.channel}
      data-off={shown ? undefined : ""}
      data-channel={index}
      style={{ "--channel": color } as React.CSSProperties}
    >
      <div className={styles.title}>
        <input
          type={grey && several ? "radio" : "checkbox"}
          className={styles.check}
          checked={shown}
          aria-label={w("channels.show", { channel: label })}
          onChange={() => session.replace(toggled(session.view.value, index))}
        />
        <ColorButton session={session} index={index} label={label} />
        <span className={styles.name} title={label}>
          {label}
        </span>
        <span className={styles.wavelength}>{wavelengthText(facts)}</span>
        {several && (
          <IconButton
            icon="eye"
            className={styles.solo ?? ""}
            label={w("channels.solo")}
            onPress={() => session.replace(soloed(session.view.value, index))}
          />
        )}
      </div>
      <WindowSlider session={session} index={index} log={log} color={color} />
      <div className={styles.numbers}>
        <NumberInput
          label={w("channels.black", { channel: label })}
          value={start}
          step={step}
          onChange={(value) =>
            session.changeChannel(index, { start: value, end: Math.max(value, end) })
          }
        />
        <span className={styles.to}>{w("channels.to")}</span>
        <NumberInput
          label={w("channels.white", { channel: label })}
          value={end}
          step={step}
          onChange={(value) =>
            session.changeChannel(index, { end: value, start: Math.min(value, start) })
          }
        />
        <span className={styles.saturated} title={w("channels.saturatedTitle")}>
          {saturated === null
            ? failed && w("channels.noHistogram")
            : w("channels.saturated", { percent: number(saturated, saturated < 1 ? 1 : 2) })}
        </span>
      </div>
    </li>
  );
}

function wavelengthText({ emission, excitation, label }: ChannelFacts): string | null {
  const wave = emission ?? excitation;
  if (!wave) return null;
  const value = String(Math.round(wave.value));
  // A channel that is called by its wavelength need not say it twice.
  return label === value ? wave.unit : w("channels.wavelength", { value, unit: wave.unit });
}
