/** Reading requests: JSON bodies with a byte limit, query strings, path ids. Everything is checked by a zod schema. */
import type { Context } from "hono";
import { z } from "zod";
import { MAX_JSON_BODY_BYTES } from "#contract/limits.ts";
import type { FieldError } from "#contract/problem.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";

/** A whole number in a query string: digits only, so that neither an empty text nor `1e3` is one. */
export function integerText<S extends z.ZodNumber>(schema: S) {
  return z.preprocess((text) => (typeof text === "string" && /^\d{1,16}$/.test(text) ? Number(text) : text), schema);
}

/** Zod's issues as dotted paths, below `prefix`. */
export function toFieldErrors(error: z.ZodError, prefix = ""): FieldError[] {
  return error.issues.flatMap((issue): FieldError[] => {
    const at = (path: readonly PropertyKey[]) => [...(prefix ? [prefix] : []), ...path.map(String)].join(".");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: at([...issue.path, key]), message: "is not known" }));
    }
    return [{ path: at(issue.path), message: issue.message }];
  });
}

/** An `invalid_request` that names every wrong field. */
export function invalidRequest(errors: FieldError[]): AppError {
  const detail = errors.map(({ path, message }) => `${path || "the body"}: ${message}`).join("; ");
  return new AppError("invalid_request", detail.slice(0, 1_000), { errors });
}

/** `value` checked against `schema`, or `invalid_request`. */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown, prefix = ""): z.output<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidRequest(toFieldErrors(parsed.error, prefix));
  return parsed.data;
}

/** How deep a body may be nested. The deepest that a schema knows has about ten levels. */
const MAX_DEPTH = 64;

/** What JavaScript takes for an object's prototype: whatever copies fields would lose it, or worse. */
const LOST_NAME = "__proto__";

/**
 * Refuses what no field may hold: NUL characters and halves of surrogate pairs, in values and in names, which databases,
 * file names and headers can't carry, the name `__proto__`, and nesting that would exhaust the stack of whatever walks it.
 */
export function checkTexts(value: unknown): void {
  const toDo: { readonly value: unknown; readonly path: readonly string[] }[] = [{ value, path: [] }];
  for (let next = toDo.pop(); next; next = toDo.pop()) {
    const { value, path } = next;
    const refuse = (message: string) => invalidRequest([{ path: path.slice(0, MAX_DEPTH).join("."), message }]);
    if (path.length > MAX_DEPTH) throw refuse("is nested too deeply");
    if (typeof value === "string" && !isCarriable(value))
      throw refuse("holds a NUL character or half a surrogate pair");
    if (typeof value !== "object" || value === null) continue;
    for (const [name, child] of Object.entries(value)) {
      if (!isCarriable(name)) throw refuse("has a field whose name holds a NUL character or half a surrogate pair");
      if (name === LOST_NAME) throw invalidRequest([{ path: [...path, name].join("."), message: "is not known" }]);
      toDo.push({ value: child, path: [...path, name] });
    }
  }
}

/** Whether a text holds nothing that databases, file names and headers can't carry. */
export function isCarriable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** Refuses a body that is packed: nothing here unpacks it, and what is stored would not be what was meant. */
export function refuseEncodedBody(c: Context<AppContext>): void {
  const encoding = c.req.header("Content-Encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding === "identity" || encoding === "") return;
  throw new AppError("unsupported_media_type", "Send the body as it is, without Content-Encoding.");
}

/** The JSON body, at most `limitBytes` long. `anyText`: a runner's, whose log lines and reports hold what engines print. */
export async function readJson<S extends z.ZodType>(
  c: Context<AppContext>,
  schema: S,
  limitBytes = MAX_JSON_BODY_BYTES,
  anyText = false,
): Promise<z.output<S>> {
  const type = c.req.header("Content-Type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new AppError("unsupported_media_type", "Send the body as application/json.");
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(type)?.[1] ?? "utf-8";
  if (!/^(utf-?8|us-ascii)$/i.test(charset))
    throw new AppError("unsupported_media_type", "Send the body in UTF-8, the one encoding that JSON has.");
  const text = await readText(c.req.raw, limitBytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AppError("malformed_json", "The body is not valid JSON. Check quotes, commas and brackets.");
  }
  if (!anyText) checkTexts(value);
  return parseWith(schema, value);
}

/** The body as UTF-8 text. Stops reading at the limit, whatever Content-Length says. */
async function readText(request: Request, limitBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of request.body ?? []) {
    total += chunk.byteLength;
    if (total > limitBytes) throw new AppError("too_large", `The body is longer than ${limitBytes} bytes.`);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(await new Blob(chunks).arrayBuffer());
  } catch {
    throw new AppError("malformed_json", "The body is not UTF-8 text.");
  }
}

/** The query string; a parameter given twice is refused. */
export function readQuery<S extends z.ZodType>(c: Context<AppContext>, schema: S): z.output<S> {
  const given = Map.groupBy(new URL(c.req.url).searchParams, ([name]) => name);
  const twice = [...given].filter(([, pairs]) => pairs.length > 1);
  if (twice.length > 0) throw invalidRequest(twice.map(([path]) => ({ path, message: "is given more than once" })));
  const single = Object.fromEntries([...given.values()].flat());
  checkTexts(single);
  return parseWith(schema, single);
}
