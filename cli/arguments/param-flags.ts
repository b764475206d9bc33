/**
 * Flags from a job type's JSON Schema: `--depthMm 3` and `--depth-mm 3`, lists by repetition or commas (`\,` is a comma in
 * an item), booleans alone.
 * Reads values and names only; whether they are allowed is for the schema to say, see `checkParams`.
 */
import { z } from "zod";
import { readParamText } from "#contract/param-text.ts";
import { UsageError } from "../exit-codes.ts";
import { nearest } from "./nearest.ts";

/** The part of JSON Schema that job types use. */
export interface ParamSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multiline?: boolean;
  /** What leaving the parameter out means, where it has no default. */
  readonly whenAbsent?: string;
  /** What the values of an enum are. */
  readonly choices?: Readonly<Record<string, { readonly title: string; readonly note?: string }>>;
  readonly items?: ParamSchema;
}
export type ParamSchemas = Readonly<Record<string, ParamSchema>>;

/** The parameters of a job type by name. */
export function paramSchemas(paramsSchema: Readonly<Record<string, unknown>>): ParamSchemas {
  return (paramsSchema.properties ?? {}) as ParamSchemas;
}

/** `depthMm` → `depth-mm`, how the flag is shown. */
export function toKebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const toCamel = (flag: string): string => flag.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** One `--flag` of the command line; `value` is null when nothing was given with it. */
export interface Flag {
  readonly name: string;
  readonly value: string | null;
}

/** The parameter a flag means, or null. `--no-crash` means `crash`. */
export function findParam(schemas: ParamSchemas, flag: string): { name: string; negated: boolean } | null {
  const name = toCamel(flag);
  if (Object.hasOwn(schemas, name)) return { name, negated: false };
  const positive = flag.startsWith("no-") ? toCamel(flag.slice(3)) : "";
  return schemas[positive]?.type === "boolean" ? { name: positive, negated: true } : null;
}

/** Whether the flag stands alone, without a value behind it. */
export function isBooleanFlag(schemas: ParamSchemas, flag: string): boolean {
  const param = findParam(schemas, flag);
  return param !== null && schemas[param.name]?.type === "boolean";
}

/** Reads all parameter flags. Throws a UsageError that names the flag and, for an unknown one, the nearest known. */
export function readParams(
  schemas: ParamSchemas,
  flags: readonly Flag[],
  otherFlags: readonly string[],
): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const { name: flag, value } of flags) {
    const param = findParam(schemas, flag);
    if (!param) throw unknownFlag(flag, [...Object.keys(schemas).map(toKebab), ...otherFlags]);
    const schema = schemas[param.name] as ParamSchema;
    if (schema.type === "array") {
      const items = readText(flag, requireValue(flag, value), schema) as unknown[];
      params[param.name] = [...((params[param.name] as unknown[]) ?? []), ...items];
    } else if (Object.hasOwn(params, param.name)) {
      throw new UsageError(`--${flag} is given more than once.`);
    } else if (schema.type === "boolean") {
      params[param.name] = (readText(flag, value ?? "true", schema) as boolean) !== param.negated;
    } else {
      params[param.name] = readText(flag, requireValue(flag, value), schema);
    }
  }
  return params;
}

/** The error for a flag that nobody knows, with the nearest one. */
export function unknownFlag(flag: string, known: readonly string[]): UsageError {
  const guess = nearest(toKebab(flag), known);
  return new UsageError(`--${flag} is not known.${guess ? ` Did you mean --${guess}?` : ""}`);
}

function requireValue(flag: string, value: string | null): string {
  if (value === null) throw new UsageError(`--${flag} needs a value.`);
  return value;
}

/** What the text means to the schema, as it does in a form of the API. */
function readText(flag: string, text: string, schema: ParamSchema): unknown {
  const read = readParamText(schema, [text]);
  if (!read.ok) throw new UsageError(`--${flag} ${read.message}.`);
  return read.value;
}

/** Checks params against the whole schema, before anything is sent. Every wrong one is named by its flag. */
export function checkParams(
  paramsSchema: Readonly<Record<string, unknown>>,
  params: Readonly<Record<string, unknown>>,
): void {
  const parsed = z.fromJSONSchema(paramsSchema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(params);
  if (parsed.success) return;
  const sentences = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? "");
    const missing = name !== "" && params[name] === undefined;
    return missing ? `--${toKebab(name)} is needed.` : `--${toKebab(name)}: ${issue.message}`;
  });
  throw new UsageError(sentences.join("\n"));
}
