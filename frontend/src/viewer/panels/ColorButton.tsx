import { Button as AriaButton, Dialog, DialogTrigger } from "react-aria-components";
import { Popover } from "../../ui/Overlay";
import type { Session } from "../state/session";
import { PALETTE, swatchColor } from "../state/colors";
import { useSignal } from "../useSignal";
import { w } from "../words";
import styles from "./ColorButton.module.css";

/** A swatch that opens the choice of a channel's colour. */
export function ColorButton({
  session,
  index,
  label,
}: {
  session: Session;
  index: number;
  label: string;
}) {
  const color = useSignal(session.view, (view) => view.channels[index]?.color ?? "FFFFFFFF");
  const inverted = useSignal(session.view, (view) => view.channels[index]?.inverted ?? false);
  const rgb = color.slice(0, 6);
  const choose = (next: string, live = false): void =>
    session.changeChannel(index, { color: next.toUpperCase() + color.slice(6), lut: null }, live);

  return (
    <DialogTrigger>
      <AriaButton
        className={styles.swatch}
        aria-label={w("channels.color", { channel: label, color: colorName(rgb) })}
        style={{ background: swatchColor(rgb) }}
      />
      <Popover placement="bottom start">
        <Dialog className={styles.dialog} aria-label={w("channels.colorTitle")}>
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
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function colorName(rgb: string): string {
  const known = PALETTE.find(([value]) => value === rgb)?.[1];
  return known ? w(known) : `#${rgb}`;
}
