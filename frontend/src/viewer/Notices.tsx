import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import type { TileError } from "./engine/source";
import type { Session } from "./state/session";
import { useSignal } from "./useSignal";
import styles from "./ViewerPage.module.css";
import { w } from "./words";

/** What of the address was left out, and what of the picture could not be had. */
export function Notices({ session }: { session: Session }) {
  const problems = useSignal(session.problems);
  const error = useSignal(session.error);
  if (problems.length === 0 && !error) return null;
  return (
    <div className={styles.notices}>
      {problems.length > 0 && (
        <output className={styles.notice}>
          <Icon name="warning" />
          <div className={styles.noticeText}>
            {problems.map(({ piece, reason, count = 0 }) => (
              <p key={piece}>{w(`problem.${reason}`, { piece, count })}</p>
            ))}
          </div>
          <IconButton
            icon="close"
            label={w("bar.dismiss")}
            onPress={() => session.problems.set([])}
          />
        </output>
      )}
      {error && (
        <div className={styles.notice} role="alert" data-error="">
          <Icon name="warning" />
          <p className={styles.noticeText}>{reasonText(error)}</p>
          <Button icon="retry" onPress={() => session.stage.value?.retry()}>
            {w("state.retry")}
          </Button>
        </div>
      )}
    </div>
  );
}

function reasonText(error: TileError): string {
  if (error.code === "not_signed_in") return w("bar.signedOut");
  if (error.code === "unreachable") return w("bar.offline");
  const message = [error.message, error.remedy].filter(Boolean).join(" ");
  return w("bar.unreadable", { message });
}
