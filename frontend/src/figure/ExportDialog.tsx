import { type FormEvent, useState } from "react";
import { queryClient } from "../api/client";
import { asApiError } from "../api/errors";
import { gql } from "../api/gql";
import { useImporting } from "../importing/state";
import { Button } from "../ui/Button";
import { handOut } from "../ui/files";
import { ModalDialog } from "../ui/Overlay";
import { toast } from "../ui/toasts";
import { startExport } from "./documents";
import {
  exportAddress,
  exportJob,
  EXPORTS,
  type ExportFormat,
  isPicture,
  type Labels,
  LABELS,
} from "./exports";
import { Choice, NumberField, TextField } from "./Fields";
import styles from "./Figure.module.css";
import type { Corner } from "./model";
import { w } from "./words";

const CORNERS: readonly Corner[] = ["bottom-right", "bottom-left", "top-right", "top-left"];

interface Props {
  /** Global ids of what is exported: images, or what contains them. */
  ids: readonly string[];
  /** What the viewer shows, for pictures; in the words of addresses. */
  view: Readonly<Record<string, string>>;
  onClose(): void;
}

/** In which form images are wanted. */
export function ExportDialog({ ids, view, onClose }: Props) {
  const [format, setFormat] = useState<ExportFormat>("png");
  const [size, setSize] = useState<number | null>(2048);
  const [bar, setBar] = useState<Corner | "none">("bottom-right");
  const [text, setText] = useState("");
  const [place, setPlace] = useState<Corner>("top-left");
  const [labels, setLabels] = useState<Labels>("masks");
  const [isDone, setDone] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const said: Record<string, string> = isPicture(format)
    ? {
        ...view,
        ...(size === null ? {} : { size: String(size) }),
        bar,
        ...(text.trim() === "" ? {} : { text: text.trim(), place }),
      }
    : format === "ozx"
      ? { labels }
      : {};
  const job = exportJob(ids, format, said);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    handOut(exportAddress(ids, format, said));
    setDone(true);
  };
  const start = async (): Promise<void> => {
    if (job === null) return;
    setBusy(true);
    setProblem(null);
    try {
      await gql(startExport, job);
      await queryClient.invalidateQueries({ queryKey: ["jobs"] });
      const { openTray } = useImporting.getState();
      toast(w("export.jobStarted"), { action: { label: w("export.jobShow"), run: openTray } });
      onClose();
    } catch (error) {
      const { message, remedy } = asApiError(error);
      setProblem([message, remedy].filter(Boolean).join(" "));
      setBusy(false);
    }
  };
  return (
    <ModalDialog title={w("export.images", { count: ids.length })} isOpen onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <Choice<ExportFormat>
          label={w("export.format")}
          value={format}
          options={EXPORTS.map(([id, word]) => [id, w(word)] as const)}
          onChange={setFormat}
        />
        {isPicture(format) && (
          <>
            <NumberField
              label={w("export.size")}
              value={size}
              min={16}
              max={4096}
              step={64}
              onChange={setSize}
            />
            <Choice<Corner | "none">
              label={w("export.bar")}
              value={bar}
              options={[
                ...CORNERS.map((corner) => [corner, w(`place.${corner}`)] as const),
                ["none", w("export.noBar")] as const,
              ]}
              onChange={setBar}
            />
            <TextField label={w("export.text")} value={text} onChange={setText} />
            {text.trim() !== "" && (
              <Choice<Corner>
                label={w("export.place")}
                value={place}
                options={CORNERS.filter((corner) => corner !== bar).map(
                  (corner) => [corner, w(`place.${corner}`)] as const,
                )}
                onChange={setPlace}
              />
            )}
          </>
        )}
        {format === "ozx" && (
          <Choice<Labels>
            label={w("export.labels")}
            value={labels}
            options={LABELS.map((each) => [each, w(`export.labels.${each}`)] as const)}
            onChange={setLabels}
          />
        )}
        {job !== null && <p className={styles.hint}>{w("export.jobHint")}</p>}
        {problem !== null && <p role="alert">{problem}</p>}
        <p role="status">{isDone ? w("export.done") : ""}</p>
        <div className={styles.buttons}>
          {job !== null && (
            <Button look="outline" icon="jobs" isDisabled={isBusy} onPress={() => void start()}>
              {w("export.job")}
            </Button>
          )}
          <Button look="primary" type="submit">
            {w("export.go")}
          </Button>
        </div>
      </form>
    </ModalDialog>
  );
}

export default ExportDialog;
