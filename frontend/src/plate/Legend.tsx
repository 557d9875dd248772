import { classes } from "../ui/classes";
import { type Colouring, viridisGradient } from "./measures";
import styles from "./Plate.module.css";
import { w } from "./words";

/** What the colours of the wells mean; a category selects its wells. */
export function Legend({
  name,
  colouring,
  onSelect,
}: {
  name: string;
  colouring: Colouring;
  onSelect(category: string): void;
}) {
  const { scale, missing } = colouring;
  return (
    <section className={styles.legend} aria-label={w("legend.label", { name })}>
      <strong className={styles.legendName}>{name}</strong>
      {scale.kind === "numbers" ? (
        <span className={styles.scale}>
          <span>{number(scale.low, scale.unit)}</span>
          <span className={styles.gradient} style={{ background: viridisGradient() }} />
          <span>{number(scale.high, scale.unit)}</span>
        </span>
      ) : (
        <ul className={styles.categories}>
          {scale.categories.map((category) => (
            <li key={category.name}>
              <button
                type="button"
                className={styles.category}
                title={w("legend.select", { name: category.name, count: category.count })}
                onClick={() => onSelect(category.name)}
              >
                <span className={styles.swatch} style={{ background: category.color }} />
                <span className={styles.categoryName}>{category.name}</span>
                <span className={styles.muted}>{category.count}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {missing > 0 && (
        <span className={styles.missing}>
          <span className={classes(styles.swatch, styles.hatched)} />
          {w("legend.missing")} <span className={styles.muted}>{missing}</span>
        </span>
      )}
    </section>
  );
}

export function number(value: number, unit: string | null): string {
  const text = value.toLocaleString(undefined, { maximumSignificantDigits: 4 });
  return unit === null ? text : `${text} ${unit}`;
}
