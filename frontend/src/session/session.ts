import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { queryClient } from "../api/client";
import { request, SIGNED_OUT } from "../api/gql";

/** The person who is signed in. */
export interface Person {
  userName: string;
  name: string;
  administrator?: boolean;
  /** The administrator who acts as this person. */
  actedBy?: string;
}

/** Where people sign in who have accounts elsewhere. */
export interface Provider {
  label: string;
  href: string;
}

interface Session {
  person: Person | null;
  provider: Provider | null;
}

interface Named {
  userName?: string;
  firstName?: string;
  lastName?: string;
  administrator?: boolean;
}

interface SessionAnswer {
  user: Named | null;
  actedBy?: Named | null;
  openId?: Provider | null;
}

const KEY = ["session"];

async function askSession(): Promise<Session> {
  const answer = await request<SessionAnswer>("/session", {
    headers: { accept: "application/json" },
  });
  return { person: personOf(answer), provider: answer.openId ?? null };
}

function personOf({ user, actedBy }: SessionAnswer): Person | null {
  if (user === null) return null;
  const person = {
    userName: user.userName ?? "",
    name: fullName(user),
    administrator: user.administrator === true,
  };
  return actedBy ? { ...person, actedBy: fullName(actedBy) } : person;
}

function fullName(named: Named): string {
  const name = [named.firstName, named.lastName].filter(Boolean).join(" ");
  return name === "" ? (named.userName ?? "") : name;
}

/** The signed-in person; null when nobody is, undefined while that is not known. */
export function useSession(): Person | null | undefined {
  useEffect(() => {
    // Sessions end: the next answer says so, whoever asked.
    const onEnd = (): void =>
      void queryClient.setQueryData<Session>(KEY, (known) => ({
        person: null,
        provider: known?.provider ?? null,
      }));
    window.addEventListener(SIGNED_OUT, onEnd);
    return () => window.removeEventListener(SIGNED_OUT, onEnd);
  }, []);
  return useAnswer()?.person;
}

/** Where people sign in who have accounts elsewhere, if anywhere. */
export function useProvider(): Provider | null {
  return useAnswer()?.provider ?? null;
}

function useAnswer(): Session | undefined {
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

/** Act as somebody else, as an administrator who may; the page starts anew, and asks as them. */
export async function startActing(user: string): Promise<void> {
  await request("/session/acting", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ user }),
  });
  window.location.assign("/");
}

/** Be oneself again, of an administrator who acts as somebody else; the page starts anew. */
export async function stopActing(): Promise<void> {
  await request("/session/acting", { method: "DELETE" });
  window.location.assign("/");
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
