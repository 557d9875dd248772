import { noteAsked } from "./asked";
import type { TypedDocument } from "./document";
import { ApiError, graphqlError, httpError, offlineError } from "./errors";

interface Answer<Result> {
  data?: Result | null;
  errors?: { message?: unknown; extensions?: unknown }[];
}

/** Options of one request. */
export interface RequestOptions {
  signal?: AbortSignal;
}

/** Event on the window: an answer said that nobody is signed in. */
export const SIGNED_OUT = "micrograph:signed-out";

/**
 * Ask the server one GraphQL document.
 *
 * Throws ApiError for every failure; an answer with errors beside data is an error too, because
 * no screen of ours can show half an object truthfully.
 */
export async function gql<Result, Variables = Record<string, unknown>>(
  document: TypedDocument<Result, Variables> | string,
  variables?: Variables,
  options: RequestOptions = {},
): Promise<Result> {
  const query = typeof document === "string" ? document : document.source;
  noteAsked(query, variables ?? {});
  const answer = await request<Answer<Result>>("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query, variables: variables ?? {} }),
    ...options,
  });
  const [first] = answer.errors ?? [];
  if (first !== undefined) throw noticed(graphqlError(first));
  if (answer.data == null) throw new ApiError("unexpected", "The server answered without data.");
  return answer.data;
}

/** Ask one of the server's JSON routes. An empty answer (204) is null. */
export async function request<Result>(path: string, init: RequestInit = {}): Promise<Result> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw offlineError();
  }
  const body: unknown = response.status === 204 ? null : await jsonOf(response);
  // GraphQL answers carry their own errors, also with a 4xx status.
  const isGraphql = body !== null && typeof body === "object" && "errors" in body;
  if (!response.ok && !isGraphql) throw noticed(httpError(response.status, body));
  return body as Result;
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    return null;
  }
}

/** Tell the window of a session that has ended; the error. */
export function noticed(error: ApiError): ApiError {
  if (error.code === "not_signed_in") window.dispatchEvent(new Event(SIGNED_OUT));
  return error;
}
