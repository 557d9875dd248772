import { useState } from "react";
import { asApiError } from "../api/errors";
import { t } from "../i18n";
import { FormDialog, TextField } from "../ui/Form";
import { lookAgain, signInAgain } from "./session";

/** A session that ended under one's hands: sign in over the page, which stays as it is. */
export function SignInAgain({ user }: { user: string }) {
  const [name, setName] = useState(user);
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = (): void => {
    setBusy(true);
    signInAgain(name, password).catch((error: unknown) => {
      setProblem(asApiError(error).message);
      setBusy(false);
    });
  };
  return (
    <FormDialog
      title={t("session.ended")}
      submit={t("signIn.submit")}
      isBusy={isBusy}
      problem={problem}
      isReady={name !== "" && password !== ""}
      onSubmit={submit}
      onClose={() => void lookAgain()}
    >
      <p>{t("session.endedText")}</p>
      <TextField label={t("signIn.user")} value={name} onChange={setName} />
      <TextField
        label={t("signIn.password")}
        value={password}
        onChange={setPassword}
        isSecret
        autoFocus
      />
    </FormDialog>
  );
}
