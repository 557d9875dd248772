import type { FormEvent, ReactNode } from "react";
import { t } from "../i18n";
import { Button } from "./Button";
import styles from "./Form.module.css";
import { ModalDialog } from "./Overlay";

export { styles as formStyles };

/** A dialog that asks for something: fields, what is wrong with them, and one button that does it. */
export function FormDialog({
  title,
  submit,
  isDanger = false,
  isBusy = false,
  isReady = true,
  problem = null,
  onSubmit,
  onClose,
  children,
}: {
  title: string;
  /** What the button says: a verb and its object. */
  submit: string;
  isDanger?: boolean;
  isBusy?: boolean;
  isReady?: boolean;
  problem?: string | null;
  onSubmit(): void;
  onClose(): void;
  children: ReactNode;
}) {
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (isReady && !isBusy) onSubmit();
  };
  return (
    <ModalDialog title={title} isOpen onClose={onClose}>
      <form className={styles.form} onSubmit={send}>
        {children}
        {problem !== null && (
          <p role="alert" className={styles.problem}>
            {problem}
          </p>
        )}
        <div className={styles.actions}>
          <Button look="outline" onPress={onClose}>
            {t("action.cancel")}
          </Button>
          <Button
            type="submit"
            look={isDanger ? "danger" : "primary"}
            isDisabled={isBusy || !isReady}
          >
            {submit}
          </Button>
        </div>
      </form>
    </ModalDialog>
  );
}

/** A line or area of text with its name above. */
export function TextField({
  label,
  value,
  onChange,
  isLong = false,
  isSecret = false,
  autoFocus = false,
  list,
}: {
  label: string;
  value: string;
  onChange(value: string): void;
  isLong?: boolean;
  isSecret?: boolean;
  autoFocus?: boolean;
  /** Id of a datalist with what is often written here. */
  list?: string;
}) {
  return (
    <label className={styles.field}>
      {label}
      {isLong ? (
        <textarea
          className={styles.input}
          value={value}
          autoFocus={autoFocus}
          onChange={(event) => onChange(event.target.value)}
        />
      ) : (
        <input
          className={styles.input}
          value={value}
          autoFocus={autoFocus}
          list={list}
          type={isSecret ? "password" : "text"}
          autoComplete={isSecret ? "current-password" : "off"}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </label>
  );
}
