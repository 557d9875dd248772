import { ToggleButton } from "react-aria-components";
import { swatchColor } from "../state/colors";
import type { Session } from "../state/session";
import { shownChannels, toggled } from "../state/view";
import { useSignal } from "../useSignal";
import { w } from "../words";
import styles from "./ChannelChips.module.css";

/** The channels in one line, to turn on and off where there is no room for more. */
export function ChannelChips({ session }: { session: Session }) {
  const shown = useSignal(session.view, (view) => shownChannels(view).join(" ")).split(" ");
  const colors = useSignal(session.view, (view) => view.channels);
  const { channels } = session.facts;
  return (
    <fieldset className={styles.chips} aria-label={w("panel.channels")}>
      {[...channels.keys()].map((index) => (
        <ToggleButton
          key={index}
          className={styles.chip}
          aria-label={w("channels.show", { channel: channels[index]?.label ?? "" })}
          isSelected={shown.includes(String(index))}
          onChange={() => session.replace(toggled(session.view.value, index))}
        >
          <span
            className={styles.dot}
            style={{ background: swatchColor(colors[index]?.color ?? "FFFFFF") }}
          />
          {channels[index]?.label}
        </ToggleButton>
      ))}
    </fieldset>
  );
}
