import { t } from "../i18n";
import { ModalDialog } from "../ui/Overlay";
import { SignInForm } from "./SignInPage";
import styles from "./SignInPage.module.css";
import { type Person, signInAgain } from "./session";

/** Over a page whose session has ended, so that nothing on it is lost. */
export function SignInAgain({ person }: { person: Person }) {
  return (
    <ModalDialog title={t("session.ended")} isOpen canClose={false}>
      <div className={styles.again}>
        <p>{t("session.endedText")}</p>
        <SignInForm
          user={person.userName}
          onSignIn={(user, password) => signInAgain(person, user, password)}
        />
        <a href="/">{t("session.leave")}</a>
      </div>
    </ModalDialog>
  );
}
