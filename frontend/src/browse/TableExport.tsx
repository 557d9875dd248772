import { useEffect, useState } from "react";
import { type ApiError, asApiError } from "../api/errors";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { fileName, offer } from "../ui/files";
import { formStyles } from "../ui/Form";
import { ModalDialog } from "../ui/Overlay";
import { toast } from "../ui/toasts";
import { tableCsv, tablePages, type TableWish } from "./tableCsv";

/** Makes a table while it shows how far it is; closing it gives it up. */
export default function TableExport({
  wish,
  name,
  onClose,
}: {
  wish: TableWish;
  /** What is shown: the file is named after it. */
  name: string;
  onClose(): void;
}) {
  const [{ rows, of }, setProgress] = useState<{ rows: number; of: number | null }>({
    rows: 0,
    of: null,
  });
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const progress = (done: number, all: number): void => setProgress({ rows: done, of: all });
    const make = async (): Promise<void> => {
      try {
        const made = await tableCsv(wish, tablePages(wish), signal, progress);
        offer(fileName(name, "images", "csv"), made.file);
        toast(t("csv.done", { count: made.rows }));
        onClose();
      } catch (error) {
        if (!signal.aborted) setProblem(asApiError(error));
      }
    };
    void make();
    return () => controller.abort();
    // What is wanted and whoever opened this stay the same while it is open.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [round]);
  const again = (): void => {
    setProblem(null);
    setRound(round + 1);
  };
  return (
    <ModalDialog title={t("csv.title")} isOpen onClose={onClose}>
      <div className={formStyles.form}>
        {problem === null ? (
          <>
            <progress
              aria-label={t("csv.title")}
              {...(of === null ? {} : { value: rows, max: of })}
            />
            <p role="status">{of === null ? "" : t("csv.progress", { rows, of })}</p>
          </>
        ) : (
          <p role="alert" className={formStyles.problem}>
            {[problem.message, problem.remedy].filter(Boolean).join(" ")}
          </p>
        )}
        <div className={formStyles.actions}>
          {problem !== null && (
            <Button look="primary" onPress={again}>
              {t("action.retry")}
            </Button>
          )}
          <Button look="outline" onPress={onClose}>
            {t(problem === null ? "action.cancel" : "action.close")}
          </Button>
        </div>
      </div>
    </ModalDialog>
  );
}
