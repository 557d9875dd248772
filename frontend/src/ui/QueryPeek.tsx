import { useState } from "react";
import type { TypedDocument } from "../api/document";
import { t } from "../i18n";
import { Button } from "./Button";
import { ModalDialog } from "./Overlay";
import styles from "./QueryPeek.module.css";

interface Props {
  /** The question behind what is shown. */
  document: Pick<TypedDocument<unknown, unknown>, "source">;
  variables: Record<string, unknown>;
  isOpen: boolean;
  onClose(): void;
}

/** The GraphQL behind a view, to be copied or opened in GraphiQL. */
export function QueryPeek({ document, variables, isOpen, onClose }: Props) {
  const [isCopied, setCopied] = useState(false);
  const json = JSON.stringify(variables, null, 2);
  const address = `/graphql?${new URLSearchParams({ query: document.source, variables: json }).toString()}`;
  const copy = (): void => {
    void navigator.clipboard?.writeText(document.source).then(() => setCopied(true));
  };
  return (
    <ModalDialog title={t("query.title")} size="wide" isOpen={isOpen} onClose={onClose}>
      <div className={styles.peek}>
        <p className={styles.text}>{t("query.text")}</p>

        {/* A scrollable area must be reachable by keyboard. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre className={styles.code} tabIndex={0}>
          {document.source}
        </pre>
        <h3 className={styles.label}>{t("query.variables")}</h3>
        {/* A scrollable area must be reachable by keyboard. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre className={styles.code} tabIndex={0}>
          {json}
        </pre>
        <div className={styles.actions}>
          <Button look="outline" icon={isCopied ? "check" : "copy"} onPress={copy}>
            {t(isCopied ? "action.copied" : "query.copy")}
          </Button>
          <a className={styles.link} href={address} target="_blank" rel="noreferrer">
            {t("query.open")}
          </a>
        </div>
      </div>
    </ModalDialog>
  );
}
