import { lazy, Suspense } from "react";
import { Button as AriaButton, Dialog, DialogTrigger } from "react-aria-components";
import { Popover } from "../../ui/Overlay";
import type { Session } from "../state/session";
import { PALETTE, swatchColor } from "../state/colors";
import { useSignal } from "../useSignal";
import { w } from "../words";
import styles from "./ColorButton.module.css";

const ColorChoice = lazy(() => import("./ColorChoice"));

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
  const rgb = color.slice(0, 6);

  return (
    <DialogTrigger>
      <AriaButton
        className={styles.swatch}
        aria-label={w("channels.color", { channel: label, color: colorName(rgb) })}
        style={{ background: swatchColor(rgb) }}
      />
      <Popover placement="bottom start">
        <Dialog className={styles.dialog} aria-label={w("channels.colorTitle")}>
          <Suspense>
            <ColorChoice session={session} index={index} />
          </Suspense>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function colorName(rgb: string): string {
  const known = PALETTE.find(([value]) => value === rgb)?.[1];
  return known ? w(known) : `#${rgb}`;
}
