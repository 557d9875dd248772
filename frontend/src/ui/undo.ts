import { create } from "zustand";
import { asApiError } from "../api/errors";
import { t } from "../i18n";
import { toast } from "./toasts";

/** A change that was made and can be taken back. */
export interface Step {
  /** What was done, in the past: "Tagged 12 images". */
  readonly title: string;
  undo(): Promise<void>;
  redo(): Promise<void>;
}

interface Undo {
  readonly done: readonly Step[];
  readonly undone: readonly Step[];
  readonly isBusy: boolean;
}

/** Steps beyond this are forgotten; the trash and the history still have them. */
const KEPT = 50;

/** The one stack of changes of this page. */
export const useUndo = create<Undo>()(() => ({ done: [], undone: [], isBusy: false }));

/** Remember a change that was made, and say so with the way back beside it. */
export function remember(step: Step): void {
  useUndo.setState(({ done }) => ({ done: [...done, step].slice(-KEPT), undone: [] }));
  toast(step.title, { action: { label: t("action.undo"), run: () => void undo() } });
}

/** Take the last change back. A failure leaves it where it was, and says why. */
export async function undo(): Promise<void> {
  const { done, isBusy } = useUndo.getState();
  const step = done.at(-1);
  if (isBusy) return;
  if (step === undefined) {
    toast(t("undo.nothing"));
    return;
  }
  if (!(await attempt(step.undo.bind(step), undo))) return;
  useUndo.setState((state) => ({
    done: state.done.filter((each) => each !== step),
    undone: [...state.undone, step],
  }));
  toast(t("undo.undone", { title: step.title }), {
    action: { label: t("action.redo"), run: () => void redo() },
  });
}

/** Make the change again that was taken back last. */
export async function redo(): Promise<void> {
  const { undone, isBusy } = useUndo.getState();
  const step = undone.at(-1);
  if (isBusy || step === undefined) return;
  if (!(await attempt(step.redo.bind(step), redo))) return;
  useUndo.setState((state) => ({
    done: [...state.done, step],
    undone: state.undone.filter((each) => each !== step),
  }));
  toast(step.title, { action: { label: t("action.undo"), run: () => void undo() } });
}

async function attempt(run: () => Promise<void>, again: () => Promise<void>): Promise<boolean> {
  useUndo.setState({ isBusy: true });
  try {
    await run();
    return true;
  } catch (error) {
    sayFailed(error, () => void again());
    return false;
  } finally {
    useUndo.setState({ isBusy: false });
  }
}

/** Say what went wrong, with "Try again" where there is something to try. */
export function sayFailed(error: unknown, again?: () => void): void {
  const { code, message, remedy } = asApiError(error);
  toast(code === "offline" ? t("error.offline") : message, {
    isError: true,
    detail: remedy ?? undefined,
    ...(again === undefined ? {} : { action: { label: t("action.retry"), run: again } }),
  });
}
