/** What the server said went wrong, in the words meant for people. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  /** Stable: `not_found`, `not_signed_in`, …; `offline` and `unexpected` are our own. */
  readonly code: string;
  /** What to do about it. */
  readonly remedy: string | null;
  /** The request's name in the server's log. */
  readonly request: string | null;
  /** Of a query that cannot be understood: the character where it goes wrong, from 0. */
  readonly position: number | null;

  constructor(
    code: string,
    message: string,
    remedy: string | null = null,
    request: string | null = null,
    position: number | null = null,
  ) {
    super(message);
    this.code = code;
    this.remedy = remedy;
    this.request = request;
    this.position = position;
  }
}

interface ErrorBody {
  code?: unknown;
  message?: unknown;
  remedy?: unknown;
  request?: unknown;
  position?: unknown;
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

const CODES: Record<number, string> = {
  401: "not_signed_in",
  403: "not_allowed",
  404: "not_found",
  429: "busy",
  503: "busy",
};

/** The error in an HTTP answer's body, or a plain one when the body says nothing. */
export function httpError(status: number, body: unknown): ApiError {
  const error = (body as { error?: ErrorBody } | null)?.error ?? {};
  return new ApiError(
    text(error.code) ?? CODES[status] ?? "unexpected",
    text(error.message) ?? `The server answered with status ${status}.`,
    text(error.remedy),
    text(error.request),
  );
}

/** The first error of a GraphQL answer. */
export function graphqlError(error: { message?: unknown; extensions?: unknown }): ApiError {
  const extensions = (error.extensions ?? {}) as ErrorBody;
  return new ApiError(
    text(extensions.code) ?? "unexpected",
    text(error.message) ?? "The server gave no reason.",
    text(extensions.remedy),
    text(extensions.request),
    typeof extensions.position === "number" ? extensions.position : null,
  );
}

/** The server could not be reached at all. */
export function offlineError(): ApiError {
  return new ApiError("offline", "The server does not answer.");
}

/** Any thrown thing as an ApiError. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError("unexpected", error instanceof Error ? error.message : String(error));
}
