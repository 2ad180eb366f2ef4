/** The one way from a page to the REST API: session cookie, CSRF header, typed errors. */

export interface FieldError {
  pointer: string;
  detail: string;
}

/** What an answer of the server that is no success says (RFC 9457). */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly errors: FieldError[] = [],
    readonly retryAfter: number | null = null,
    readonly requestId: string | null = null,
    /** The whole document, with what a refusal says beyond the usual members. */
    readonly data: Record<string, unknown> = {},
  ) {
    super(detail || title);
  }

  /** Sending the same request again later may succeed. */
  get temporary(): boolean {
    return this.status === 429 || this.status >= 500 || this.code === "idempotency_key_in_progress";
  }

  get signedOut(): boolean {
    return this.status === 401 || this.code === "csrf_failed";
  }
}

/** No answer at all: the network or the server is away. */
export class Offline extends Error {
  override readonly name = "Offline";
}

export interface CallOptions {
  key?: string;
  etag?: string;
  /** Lets a request outlive the page, for what is sent while leaving. */
  keepalive?: boolean;
  signal?: AbortSignal;
  /** After so many milliseconds without an answer the server counts as away. */
  timeout?: number;
}

const PATIENCE_MS = 30_000;

export interface Answer<T> {
  data: T;
  status: number;
  etag: string | null;
}

/** The cookie is newer than the page when the person signed in again in another tab. */
export function csrfToken(root: Document = document): string {
  const cookie = /(?:^|;\s*)(?:__Secure-|__Host-)?csrftoken=([^;]+)/.exec(root.cookie)?.[1];
  return cookie ?? root.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

function headersFor(method: string, body: unknown, options: CallOptions): Headers {
  const headers = new Headers({ Accept: "application/json" });
  if (method !== "GET") headers.set("X-CSRFToken", csrfToken());
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (options.key !== undefined) headers.set("Idempotency-Key", options.key);
  if (options.etag !== undefined) headers.set("If-Match", options.etag);
  return headers;
}

async function problemFrom(response: Response): Promise<Problem> {
  let body: Record<string, unknown> = {};
  try {
    body = (await response.json()) as Record<string, unknown>;
  } catch {
    // a proxy's own page, not ours: the status is all there is
  }
  const text = (name: string): string => (typeof body[name] === "string" ? (body[name] as string) : "");
  const wait = Number(response.headers.get("Retry-After"));
  return new Problem(
    response.status,
    text("code") || `http_${response.status}`,
    text("title") || `The server answered ${response.status}`,
    text("detail"),
    Array.isArray(body["errors"]) ? (body["errors"] as FieldError[]) : [],
    Number.isFinite(wait) && wait > 0 ? wait : null,
    text("request_id") || response.headers.get("X-Request-ID"),
    body,
  );
}

async function call<T>(method: string, path: string, body: unknown, options: CallOptions): Promise<Answer<T>> {
  const init: RequestInit = { method, headers: headersFor(method, body, options), credentials: "same-origin" };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (options.keepalive) init.keepalive = true;
  const patience = AbortSignal.timeout(options.timeout ?? PATIENCE_MS);
  init.signal = options.signal ? AbortSignal.any([options.signal, patience]) : patience;
  let response: Response;
  try {
    response = await fetch(path, init);
    if (response.ok && !atSignIn(response)) return await bodyOf<T>(response);
  } catch (error) {
    throw new Offline(error instanceof Error ? error.message : "no answer");
  }
  if (response.ok) throw new Problem(401, "invalid_token", "Not signed in", "Sign in to go on.");
  throw await problemFrom(response);
}

/** A page's own address sends whoever is signed out to the form; the API answers 401. */
function atSignIn(response: Response): boolean {
  return response.redirected && new URL(response.url).pathname.startsWith("/accounts/login/");
}

/** A body that breaks off, or that a network's own page put in its place, is no answer either. */
async function bodyOf<T>(response: Response): Promise<Answer<T>> {
  const data: unknown = response.status === 204 ? undefined : await response.json();
  return { data: data as T, status: response.status, etag: response.headers.get("ETag") };
}

export const api = {
  get: <T>(path: string, options: CallOptions = {}) => call<T>("GET", path, undefined, options),
  post: <T>(path: string, body: unknown, options: CallOptions = {}) => call<T>("POST", path, body, options),
  put: <T>(path: string, body: unknown, options: CallOptions = {}) => call<T>("PUT", path, body, options),
  patch: <T>(path: string, body: unknown, options: CallOptions = {}) => call<T>("PATCH", path, body, options),
  delete: (path: string, options: CallOptions = {}) => call<undefined>("DELETE", path, undefined, options),
};

export type Api = typeof api;
