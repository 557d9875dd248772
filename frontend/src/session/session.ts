import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { queryClient } from "../api/client";
import { request, SIGNED_OUT } from "../api/gql";

/** The person who is signed in. */
export interface Person {
  userName: string;
  name: string;
  administrator: boolean;
  /** Whether the session has ended meanwhile: the page waits for them to sign in again. */
  isEnded?: boolean;
}

interface SessionAnswer {
  user: {
    userName?: string;
    firstName?: string;
    lastName?: string;
    administrator?: boolean;
  } | null;
}

const KEY = ["session"];

async function askSession(): Promise<Person | null> {
  const { user } = await request<SessionAnswer>("/session", {
    headers: { accept: "application/json" },
  });
  if (user === null) return null;
  const userName = user.userName ?? "";
  const name = [user.firstName, user.lastName].filter(Boolean).join(" ");
  const administrator = user.administrator === true;
  return { userName, name: name === "" ? userName : name, administrator };
}

/** The signed-in person; null when nobody is, undefined while that is not known. */
export function useSession(): Person | null | undefined {
  useEffect(() => {
    // Sessions end: the next answer says so, whoever asked.
    const onEnd = (): void =>
      void queryClient.setQueryData<Person | null>(KEY, (person) =>
        person == null ? null : { ...person, isEnded: true },
      );
    window.addEventListener(SIGNED_OUT, onEnd);
    return () => window.removeEventListener(SIGNED_OUT, onEnd);
  }, []);
  return useQuery({ queryKey: KEY, queryFn: askSession, staleTime: Number.POSITIVE_INFINITY }).data;
}

/** The signed-in person; null when nobody is, and while that is not known. */
export function usePerson(): Person | null {
  return useSession() ?? null;
}

/** Two letters that stand for a person. */
export function initials(person: Person | null): string {
  if (person === null) return "";
  const words = person.name.split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [person.name.slice(0, 2)];
  return letters
    .map((word) => (words.length > 1 ? (word ?? "").slice(0, 1) : (word ?? "")))
    .join("")
    .toUpperCase();
}

/** Sign in with a password; then the page starts anew, and asks as this person. */
export async function signIn(user: string, password: string): Promise<void> {
  await open(user, password);
  window.location.reload();
}

/** Sign in again after a session has ended; the page goes on, if it is the same person's. */
export async function signInAgain(person: Person, user: string, password: string): Promise<void> {
  await open(user, password);
  const now = await askSession();
  if (now?.userName !== person.userName) {
    window.location.reload();
    return;
  }
  queryClient.setQueryData(KEY, now);
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });
}

async function open(user: string, password: string): Promise<void> {
  await request("/session", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ user, password }),
  });
}

/** Sign out; the page starts anew and forgets what was seen. */
export async function signOut(): Promise<void> {
  await request("/session", { method: "DELETE" });
  window.location.assign("/");
}
