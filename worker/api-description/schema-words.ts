/** Schemas as the document writes them: what zod and the forms add, in words that OpenAPI has. */
import { z } from "zod";
import type { CreateDocumentOptions } from "zod-openapi";

/** What JSON Schema knows of a schema's metadata; all else is for forms and the command line (job-type.ts). */
const KNOWN = new Set([
  "title",
  "description",
  "example",
  "examples",
  "deprecated",
  "format",
  "id",
  "header",
  "param",
  "override",
  "uniqueItems",
]);
/** Formats that JSON Schema and OpenAPI know; `color` is a hint. */
const FORMATS = new Set(["binary", "date", "date-time"]);

/** Units that need a word of their own; those that are words already (`mm`, `px`) are taken as they are. */
const UNITS: Readonly<Record<string, string>> = { "%": "percent", "°": "degrees", s: "seconds" };
/** Units that a title says already. */
const TOLD_UNITS = new Set(["fps", "×"]);

type Choices = Readonly<Record<string, { readonly title: string; readonly note?: string }>>;
/** Hints of a parameter, for forms: see job-type.ts. */
interface Hints {
  readonly title?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly choices?: Choices;
  readonly whenAbsent?: string;
  readonly onlyIf?: Readonly<Record<string, readonly unknown[]>>;
}

/**
 * Hints of a schema become part of its description (`GET /v1/job-types` has them for programs). What says nothing goes: empty
 * defaults. Answers may have more fields than are described, as later versions add some.
 */
export const writeSchema: NonNullable<CreateDocumentOptions["override"]> = ({ jsonSchema, zodSchema, io }) => {
  const schema = jsonSchema as Record<string, unknown>;
  const hints = z.globalRegistry.get(zodSchema as unknown as z.ZodType) ?? {};
  if (schema.type !== "object") {
    const words = inWords(hints as Hints);
    if (words !== "") schema.description = words;
  }
  for (const hint of Object.keys(hints)) {
    if (!KNOWN.has(hint) || (hint === "format" && !FORMATS.has(String(schema.format)))) delete schema[hint];
  }
  if (io === "output" && !isStrict(zodSchema)) delete schema.additionalProperties;
  if (isEmpty(schema.default)) delete schema.default;
  if ((schema.propertyNames as { type?: string } | undefined)?.type === "string") delete schema.propertyNames;
};

/** Whether the object refuses fields that it does not know. A record, which is no such object, is left as it is. */
function isStrict(zodSchema: unknown): boolean {
  return !(zodSchema instanceof z.ZodObject) || zodSchema.def.catchall !== undefined;
}

/** `{}`, `[]`, null and "": as if nothing had been sent. Code generators take a field with a default for one that must be given. */
function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
}

/** All that the hints say, for whoever reads the reference; a schema without any keeps the words it has. */
export function inWords({ title, description, unit, choices, whenAbsent, onlyIf }: Hints): string {
  if (!title) return description ?? "";
  const sentences = [
    description ?? title,
    unit && !TOLD_UNITS.has(unit) && `In ${UNITS[unit] ?? unit}`,
    whenAbsent && `Left out: ${whenAbsent.charAt(0).toLowerCase()}${whenAbsent.slice(1)}`,
    onlyIf && `Counts only if ${conditions(onlyIf)}`,
  ].filter(Boolean);
  const text = sentences.map((sentence) => `${String(sentence).replace(/\.$/, "")}.`).join(" ");
  return choices ? `${text}\n\n${list(choices)}` : text;
}

function conditions(onlyIf: Hints["onlyIf"] & {}): string {
  return Object.entries(onlyIf)
    .map(([name, values]) => `\`${name}\` is ${values.map((value) => `\`${value}\``).join(" or ")}`)
    .join(" and ");
}

function list(choices: Choices): string {
  return Object.entries(choices)
    .map(([value, { title, note }]) => `- \`${value}\`: ${title}${note ? `. ${note}` : ""}`)
    .join("\n");
}
