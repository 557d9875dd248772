import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { queryClient } from "../api/client";
import { request, SIGNED_OUT } from "../api/gql";

/** The person who is signed in. */
export interface Person {
  userName: string;
  name: string;
}

interface SessionAnswer {
  user: { userName?: string; firstName?: string; lastName?: string } | null;
}

const KEY = ["session"];

async function askSession(): Promise<Person | null> {
  const { user } = await request<SessionAnswer>("/session", {
    headers: { accept: "application/json" },
  });
  if (user === null) return null;
  const userName = user.userName ?? "";
  const name = [user.firstName, user.lastName].filter(Boolean).join(" ");
  return { userName, name: name === "" ? userName : name };
}

/** The signed-in person; null when nobody is, undefined while that is not known. */
export function useSession(): Person | null | undefined {
  useEffect(() => {
    // Sessions end: the next answer says so, whoever asked.
    const onEnd = (): void => void queryClient.setQueryData(KEY, null);
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
  await request("/session", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ user, password }),
  });
  window.location.reload();
}

/** Sign in again after a session ended; the page stays as it is, and what is shown goes on. */
export async function signInAgain(user: string, password: string): Promise<void> {
  await request("/session", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ user, password }),
  });
  await lookAgain();
}

/** Ask again who is signed in: perhaps somebody is, in another tab. */
export async function lookAgain(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: KEY });
}

/** Sign out; the page starts anew and forgets what was seen. */
export async function signOut(): Promise<void> {
  await request("/session", { method: "DELETE" });
  window.location.assign("/");
}
