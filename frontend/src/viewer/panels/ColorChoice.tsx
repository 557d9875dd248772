import { Button as AriaButton } from "react-aria-components";
import { PALETTE, swatchColor } from "../state/colors";
import type { Session } from "../state/session";
import { useSignal } from "../useSignal";
import { w } from "../words";
import styles from "./ColorButton.module.css";

/** The choice of a channel's colour, and whether it is reversed. */
export function ColorChoice({ session, index }: { session: Session; index: number }) {
  const color = useSignal(session.view, (view) => view.channels[index]?.color ?? "FFFFFFFF");
  const inverted = useSignal(session.view, (view) => view.channels[index]?.inverted ?? false);
  const rgb = color.slice(0, 6);
  const choose = (next: string, live = false): void =>
    session.changeChannel(index, { color: next.toUpperCase() + color.slice(6), lut: null }, live);
  return (
    <>
      <div className={styles.palette}>
        {PALETTE.map(([value, word]) => (
          <AriaButton
            key={value}
            className={styles.choice}
            aria-label={w(word)}
            data-chosen={value === rgb ? "" : undefined}
            style={{ background: swatchColor(value) }}
            onPress={() => choose(value)}
          />
        ))}
      </div>
      <label className={styles.row}>
        {w("channels.colorCustom")}
        <input
          type="color"
          className={styles.custom}
          value={`#${rgb.toLowerCase()}`}
          onChange={(event) => choose(event.target.value.slice(1), true)}
          onBlur={() => session.rest()}
        />
      </label>
      <label className={styles.row}>
        {w("channels.invert")}
        <input
          type="checkbox"
          checked={inverted}
          onChange={(event) => session.changeChannel(index, { inverted: event.target.checked })}
        />
      </label>
    </>
  );
}

export default ColorChoice;
