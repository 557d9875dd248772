import styles from "../forms/forms.module.css";
import { Button } from "../ui/Button";

/** Head of a list: what it is of, how many there are, and the button that makes one more. */
export function ListHead({
  title,
  count,
  add,
  refusal,
  onAdd,
}: {
  title: string;
  count: string | null;
  add: string;
  /** Why one may not add; null if one may. */
  refusal: string | null;
  onAdd(): void;
}) {
  return (
    <>
      <header className={styles.head}>
        <h1>{title}</h1>
        <span className={styles.count} role="status">
          {count}
        </span>
        <Button
          look="primary"
          icon="plus"
          className={styles.push ?? ""}
          isDisabled={refusal !== null}
          onPress={onAdd}
        >
          {add}
        </Button>
      </header>
      {refusal !== null && <p className={styles.note}>{refusal}</p>}
    </>
  );
}
