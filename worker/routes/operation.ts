/**
 * The calls of the HTTP API. A call is declared once: the same declaration checks its requests, lets callers in by their
 * scope, and is what `/openapi.json` says about it.
 */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { z } from "zod";
import type { Scope } from "#contract/access.ts";
import { MAX_JSON_BODY_BYTES } from "#contract/limits.ts";
import type { ProblemCode } from "#contract/problem.ts";
import {
  adminAuthentication,
  requireScope,
  runnerAuthentication,
  userAuthentication,
} from "../middleware/authentication.ts";
import type { AppContext } from "../middleware/context.ts";
import { idempotencyUpTo } from "../middleware/idempotency.ts";
import { readJson, readQuery, refuseEncodedBody } from "./request-parsing.ts";
import { waiting, withWaiting } from "./waiting.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** Who may call: users within their scopes, runners, the operator, or anybody (`open`; a signed URL is such a call). */
export type Access = "user" | "runner" | "admin" | "open";

/** A header of an answer, or one that a request may carry. */
export type Headers = Readonly<Record<string, z.ZodType>>;

/** One answer that is not an error. */
export interface Answer {
  readonly description: string;
  /** Of a JSON body. */
  readonly schema?: z.ZodType;
  /** Of a body that is not JSON, e.g. `text/event-stream`. `schema` is then that of one message, or absent for bytes. */
  readonly contentType?: string;
  readonly headers?: Headers;
}

/** What is declared of a call. */
export interface OperationSpec<Q extends z.ZodType = z.ZodType, B extends z.ZodType = z.ZodType> {
  /** Unique; what generated clients call it, e.g. `listJobs`. */
  readonly operationId: string;
  /** A few words, e.g. "List jobs". */
  readonly summary: string;
  /** Markdown: what a caller should know beyond the summary. */
  readonly description?: string;
  /** What a user's key must be allowed to do. Users' calls only, and all of them. */
  readonly scope?: Scope;
  /** What the names in the path mean. The route looks them up: an id that can't be is one that is not there. */
  readonly params?: Readonly<Record<string, z.ZodType>>;
  /** The query string, a strict object; without it there is none. */
  readonly query?: Q;
  /** Request headers with a meaning here, but for those that every call knows. */
  readonly headers?: Headers;
  /** The JSON body. */
  readonly body?: B;
  /** Its longest, in bytes. Default `MAX_JSON_BODY_BYTES`. */
  readonly maxBodyBytes?: number;
  /** A body that is not JSON, which the route reads itself: its content type and what it is. */
  readonly rawBody?: { readonly contentType: string; readonly description: string; readonly schema?: z.ZodType };
  /** Bodies to show, each of them valid. */
  readonly examples?: Readonly<Record<string, z.input<B>>>;
  /**
   * A signed URL: nobody writes it by hand, and its signature covers the query. The route checks the signature first; `query`
   * only says what is in it.
   */
  readonly signed?: boolean;
  /** Takes an `Idempotency-Key`: for calls that make something. */
  readonly idempotent?: boolean;
  /** Takes `Prefer: wait=n`: for calls that answer with a job, 200 or 202. */
  readonly waits?: boolean;
  /** Every answer that is not an error, by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Errors of its own; those that follow from what is declared above need not be named. */
  readonly problems?: readonly ProblemCode[];
}

/** A call with its place. */
export interface Operation extends OperationSpec {
  readonly method: Method;
  /** The whole path with `{name}` for what varies, e.g. `/v1/jobs/{id}`; `{name*}` takes slashes too. */
  readonly path: string;
  readonly access: Access;
  /** The group of calls it is shown in. */
  readonly tag: string;
}

/** What a handler is given besides Hono's context: the checked request. */
export interface CheckedRequest<Q, B> {
  readonly query: Q;
  readonly body: B;
}

type Handler<Q extends z.ZodType, B extends z.ZodType> = (
  c: Context<AppContext>,
  request: CheckedRequest<z.output<Q>, z.output<B>>,
) => Response | Promise<Response>;

const noQuery = z.object({}).strict();
/** Whether a call changes nothing. GET alone does not say it: `GET /s3/params` begins an upload. */
const isRead = ({ method, scope }: Operation): boolean => method === "get" && (scope ?? "read") === "read";

function authenticationOf(operation: Operation): MiddlewareHandler<AppContext> | null {
  switch (operation.access) {
    case "user":
      return userAuthentication(isRead(operation));
    case "runner":
      return runnerAuthentication;
    case "admin":
      return adminAuthentication;
    case "open":
      return null;
  }
}

/** The calls under one path, e.g. `/v1/jobs`. */
export class Resource {
  readonly base: string;
  readonly app = new Hono<AppContext>();
  readonly operations: Operation[] = [];
  readonly #tag: string;
  readonly #access: Access;
  readonly #admission: readonly MiddlewareHandler<AppContext>[];

  /** `admission`: what a caller must pass besides. */
  constructor(
    base: string,
    options: { tag: string; access: Access; admission?: readonly MiddlewareHandler<AppContext>[] },
  ) {
    this.base = base;
    this.#tag = options.tag;
    this.#access = options.access;
    this.#admission = options.admission ?? [];
  }

  get = this.#declare("get");
  post = this.#declare("post");
  put = this.#declare("put");
  patch = this.#declare("patch");
  delete = this.#declare("delete");

  #declare(method: Method) {
    /** Declares a call at `path` below the base (`""`, `"/{id}"`) and how it is answered. */
    return <Q extends z.ZodType = typeof noQuery, B extends z.ZodType = z.ZodUndefined>(
      path: string,
      spec: OperationSpec<Q, B>,
      handler: Handler<Q, B>,
    ): void => {
      const declared = spec.waits ? withWaiting(spec) : spec;
      const operation: Operation = {
        ...declared,
        method,
        path: this.base + path,
        access: this.#access,
        tag: this.#tag,
      };
      this.operations.push(operation);
      const middleware = middlewareOf(operation, this.#admission);
      this.app.on(method.toUpperCase(), [toHonoPath(path)], ...middleware, (c) =>
        answer(c as Context<AppContext>, spec, this.#access, handler),
      );
    };
  }
}

async function answer<Q extends z.ZodType, B extends z.ZodType>(
  c: Context<AppContext>,
  spec: OperationSpec<Q, B>,
  access: Access,
  handler: Handler<Q, B>,
): Promise<Response> {
  const query = (spec.signed ? {} : readQuery(c, spec.query ?? noQuery)) as z.output<Q>;
  if (spec.body ?? spec.rawBody) refuseEncodedBody(c);
  const body = (
    spec.body ? await readJson(c, spec.body, spec.maxBodyBytes, access === "runner") : undefined
  ) as z.output<B>;
  return handler(c, { query, body });
}

function middlewareOf(
  operation: Operation,
  admission: readonly MiddlewareHandler<AppContext>[],
): MiddlewareHandler<AppContext>[] {
  const { scope, idempotent, waits, maxBodyBytes } = operation;
  const authentication = authenticationOf(operation);
  return [
    ...(authentication ? [authentication] : []),
    ...(scope ? [requireScope(scope)] : []),
    ...admission,
    ...(waits ? [waiting] : []),
    ...(idempotent ? [idempotencyUpTo(maxBodyBytes ?? MAX_JSON_BODY_BYTES)] : []),
  ];
}

/** `/{id}/events` as Hono writes it. */
function toHonoPath(path: string): string {
  return path === "" ? "/" : path.replace(/\{(\w+)\*\}/g, ":$1{[\\s\\S]+}").replace(/\{(\w+)\}/g, ":$1");
}
