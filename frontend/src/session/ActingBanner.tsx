import { useCommandHandlers } from "../commands/registry";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import styles from "./ActingBanner.module.css";
import { stopActing, usePerson } from "./session";

/** Says that an administrator acts as somebody else, and how to stop. */
export function ActingBanner() {
  const person = usePerson();
  const isActing = person?.actedBy !== undefined;
  useCommandHandlers(isActing ? { "session.stopActing": () => void stopActing() } : {});
  if (person?.actedBy === undefined) return null;
  return (
    <section className={styles.banner} aria-label={t("acting.label")}>
      <p>{t("acting.text", { actor: person.actedBy, name: person.name })}</p>
      <Button look="outline" onPress={() => void stopActing()}>
        {t("acting.stop")}
      </Button>
    </section>
  );
}
