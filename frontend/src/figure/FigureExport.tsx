import { type FormEvent, useEffect, useRef, useState } from "react";
import { asApiError } from "../api/errors";
import { Button } from "../ui/Button";
import { ModalDialog } from "../ui/Overlay";
import { downloadFigure } from "./download";
import { Choice, NumberField } from "./Fields";
import styles from "./Figure.module.css";
import type { Figure } from "./model";
import { w } from "./words";

const FORMATS = ["pdf", "svg", "png", "tiff"] as const;

/** In which form the figure is wanted. */
export function FigureExport({ figure, onClose }: { figure: Figure; onClose(): void }) {
  const [format, setFormat] = useState<(typeof FORMATS)[number]>("pdf");
  const [dpi, setDpi] = useState(300);
  const [said, setSaid] = useState("");
  const [isBusy, setBusy] = useState(false);
  const going = useRef(new AbortController());
  useEffect(() => {
    going.current = new AbortController();
    return () => going.current.abort();
  }, []);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setSaid(w("export.working"));
    try {
      await downloadFigure(figure, format, dpi, going.current.signal);
      setSaid(w("export.done"));
    } catch (error) {
      if (error instanceof DOMException) return;
      const { message, remedy } = asApiError(error);
      setSaid(w("export.failed", { message: [message, remedy].filter(Boolean).join(" ") }));
    } finally {
      setBusy(false);
    }
  };
  const pixels = (millimetres: number): number => Math.round((millimetres / 25.4) * dpi);
  return (
    <ModalDialog title={w("export.figure")} isOpen onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <Choice<(typeof FORMATS)[number]>
          label={w("export.format")}
          value={format}
          options={FORMATS.map((each) => [each, w(`export.${each}`)] as const)}
          onChange={setFormat}
        />
        <NumberField
          label={w("export.dpi")}
          value={dpi}
          min={36}
          max={1200}
          step={50}
          onChange={(value) => value !== null && setDpi(Math.round(value))}
        />
        <p className={styles.muted}>
          {w("export.pixels", {
            width: pixels(figure.page.width),
            height: pixels(figure.page.height),
          })}
        </p>
        <p role="status">{said}</p>
        <Button look="primary" type="submit" isDisabled={isBusy}>
          {w("export.go")}
        </Button>
      </form>
    </ModalDialog>
  );
}
