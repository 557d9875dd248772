import { useState } from "react";
import { gql } from "../api/gql";
import styles from "../forms/forms.module.css";
import { setPassword, updateUser, type User } from "./documents";
import { Form, Section, TextField, useAct, written } from "../forms/parts";
import { w } from "./words";

type Person = Pick<User, "id" | "userName" | "firstName" | "lastName" | "email" | "institution">;

/** What a person is called and where they are. */
export function PersonForm({ person, isDisabled }: { person: Person; isDisabled: boolean }) {
  const act = useAct();
  const save = (form: FormData): void => {
    void act.act(async () => {
      await gql(updateUser, {
        id: person.id,
        firstName: written(form, "firstName"),
        lastName: written(form, "lastName"),
        email: written(form, "email"),
        institution: written(form, "institution"),
      });
      return w("action.saved");
    });
  };
  const field = (name: "firstName" | "lastName" | "email" | "institution") => (
    <TextField
      name={name}
      type={name === "email" ? "email" : "text"}
      label={w(`user.${name}`)}
      defaultValue={person[name] ?? ""}
      maxLength={255}
      readOnly={isDisabled}
      dir="auto"
    />
  );
  return (
    <Section title={w("user.about")}>
      <Form act={act} submit={w("action.save")} isDisabled={isDisabled} onSubmit={save}>
        <TextField
          label={w("user.userName")}
          note={w("user.userNameNote")}
          value={person.userName}
          readOnly
          dir="auto"
        />
        <div className={styles.columns}>
          {field("firstName")}
          {field("lastName")}
          {field("email")}
          {field("institution")}
        </div>
      </Form>
    </Section>
  );
}

/** A new password, typed twice. */
export function PasswordForm({ id, isOwn }: { id: string; isOwn: boolean }) {
  const act = useAct();
  const [differ, setDiffer] = useState(false);
  const [round, setRound] = useState(0);
  const save = async (form: FormData): Promise<void> => {
    const password = form.get("password");
    const isSame = password === form.get("repeat");
    setDiffer(!isSame);
    if (!isSame || typeof password !== "string") return;
    const isDone = await act.act(async () => {
      await gql(setPassword, { id, password });
      return w("user.passwordSet");
    });
    if (isDone) setRound((last) => last + 1);
  };
  return (
    <Section title={w("user.password")} note={w(isOwn ? "user.passwordOwn" : "user.passwordEnds")}>
      <Form act={act} submit={w("user.setPassword")} onSubmit={(form) => void save(form)}>
        <div key={round} className={styles.columns}>
          <TextField
            name="password"
            type="password"
            label={w("user.newPassword")}
            required
            minLength={8}
            maxLength={1024}
            autoComplete="new-password"
          />
          <TextField
            name="repeat"
            type="password"
            label={w("user.repeat")}
            required
            minLength={8}
            maxLength={1024}
            autoComplete="new-password"
            aria-invalid={differ}
          />
        </div>
        {differ && (
          <p className={styles.problem} role="alert">
            {w("user.differ")}
          </p>
        )}
      </Form>
    </Section>
  );
}
