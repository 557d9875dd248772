import { useState } from "react";
import { asApiError } from "../api/errors";
import { ask } from "./state";

/** What went wrong and what to do about it. */
export function inWords(error: unknown): string {
  const { message, remedy } = asApiError(error);
  return [message, remedy].filter(Boolean).join(" ");
}

/** Run a change from a dialog: it closes when that went well, and says why when not. */
export function useChange() {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const run = async (change: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await change();
      ask(null);
    } catch (error) {
      setProblem(inWords(error));
      setBusy(false);
    }
  };
  return { isBusy, problem, run };
}
