import styles from "../forms/forms.module.css";
import type { Level } from "./documents";
import { w } from "./words";

const LEVELS: readonly Level[] = ["PRIVATE", "READ_ONLY", "READ_ANNOTATE", "READ_WRITE", "PUBLIC"];
/** Only administrators choose these. */
const OPENEST = new Set<Level>(["READ_WRITE", "PUBLIC"]);

/** The five levels of a group, in words. */
export function LevelChoice({
  level,
  now,
  isAdministrator = true,
  isDisabled = false,
  onChange,
}: {
  level: Level;
  /** The level that the group has. */
  now?: Level;
  isAdministrator?: boolean;
  isDisabled?: boolean;
  onChange(level: Level): void;
}) {
  return (
    <fieldset className={styles.group}>
      <legend>{w("group.level")}</legend>
      {LEVELS.map((each) => {
        const isRefused = OPENEST.has(each) && !isAdministrator && each !== now;
        return (
          <label key={each} className={styles.tick}>
            <input
              type="radio"
              name="level"
              value={each}
              checked={each === level}
              disabled={isDisabled || isRefused}
              onChange={() => onChange(each)}
            />
            <span>
              <strong>{w(`level.${each}`)}</strong>
              {each === now && ` (${w("group.levelNow")})`}
              {isRefused && ` (${w("group.administratorsOnly")})`}
              <span className={styles.note}> {w(`means.${each}`)}</span>
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}
