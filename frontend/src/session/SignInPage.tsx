import { type FormEvent, useState } from "react";
import { asApiError } from "../api/errors";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import markUrl from "../ui/icon.svg";
import styles from "./SignInPage.module.css";
import { signIn, useProvider } from "./session";

/** The way in: a name and a password, or the address that the server printed. */
export function SignInPage() {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const provider = useProvider();

  const onSubmit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(null);
    try {
      await signIn(entry(form, "user"), entry(form, "password"));
    } catch (error) {
      const { code, message, remedy } = asApiError(error);
      setProblem(
        code === "offline" ? t("error.offline") : [message, remedy].filter(Boolean).join(" "),
      );
      setBusy(false);
    }
  };

  return (
    <main className={styles.page}>
      <title>{t("signIn.windowTitle")}</title>
      <div className={styles.card}>
        <img src={markUrl} alt="" width={40} height={40} className={styles.mark} />
        <h1 className={styles.title}>{t("signIn.title")}</h1>
        {provider !== null && (
          <>
            <a className={styles.provider} href={hrefOf(provider.href)}>
              {t("signIn.provider", { name: provider.label })}
            </a>
            <p className={styles.or}>{t("signIn.or")}</p>
          </>
        )}
        <form className={styles.form} onSubmit={(event) => void onSubmit(event)}>
          <label className={styles.field}>
            {t("signIn.user")}
            <input name="user" autoComplete="username" autoCapitalize="none" required autoFocus />
          </label>
          <label className={styles.field}>
            {t("signIn.password")}
            <input name="password" type="password" autoComplete="current-password" required />
          </label>
          {problem !== null && (
            <p className={styles.problem} role="alert">
              {problem}
            </p>
          )}
          <Button look="primary" type="submit" isDisabled={isBusy} className={styles.submit}>
            {t(isBusy ? "signIn.busy" : "signIn.submit")}
          </Button>
        </form>
        <section className={styles.help}>
          <h2>{t("signIn.addressTitle")}</h2>
          <p>{t("signIn.addressText")}</p>
        </section>
      </div>
    </main>
  );
}

/** The way to the provider, and back to where one is. */
function hrefOf(href: string): string {
  const { pathname, search } = window.location;
  return `${href}?next=${encodeURIComponent(`${pathname}${search}`)}`;
}

function entry(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
