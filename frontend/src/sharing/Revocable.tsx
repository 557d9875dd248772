import type { ReactNode } from "react";
import { type Act, Outcome, Table } from "../forms/parts";
import { Button } from "../ui/Button";
import styles from "./Sharing.module.css";
import { w } from "./words";

/** A table of what was given away, each row with the button that takes it back. */
export function Revocable<Row extends { readonly id: string }>({
  label,
  heads,
  rows,
  none,
  act,
  labelOf,
  onRevoke,
  children,
}: {
  label: string;
  heads: readonly string[];
  rows: readonly Row[];
  /** What is said where there are no rows. */
  none: string;
  act: Act;
  /** What the button of a row says to those who do not see the row. */
  labelOf(row: Row): string;
  onRevoke(row: Row): void;
  /** The cells of a row, without that of the button. */
  children(row: Row): ReactNode;
}) {
  return (
    <>
      {rows.length === 0 ? (
        <p className={styles.note}>{none}</p>
      ) : (
        <Table label={label} heads={[...heads, ""]}>
          {rows.map((row) => (
            <tr key={row.id}>
              {children(row)}
              <td>
                <Button
                  look="outline"
                  isDisabled={act.busy}
                  aria-label={labelOf(row)}
                  onPress={() => onRevoke(row)}
                >
                  {w("revoke")}
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Outcome act={act} />
    </>
  );
}
