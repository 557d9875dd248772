import { useQuery } from "@tanstack/react-query";
import { queryClient } from "../api/client";
import { request } from "../api/gql";

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

/** The signed-in person; null when nobody is, and while that is not known. */
export function usePerson(): Person | null {
  return useQuery({ queryKey: KEY, queryFn: askSession, staleTime: Infinity }).data ?? null;
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

/** Sign in with a password; everything that was asked before is asked again. */
export async function signIn(user: string, password: string): Promise<void> {
  await request("/session", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ user, password }),
  });
  await queryClient.resetQueries();
}

/** Sign out and forget what was seen. */
export async function signOut(): Promise<void> {
  await request("/session", { method: "DELETE" });
  queryClient.clear();
  window.location.assign("/");
}
