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
  "id",
  "header",
  "param",
  "override",
  "uniqueItems",
]);

/** Hints of a schema get the prefix that OpenAPI wants (`unit` → `x-unit`), and bounds that are none go. */
export const writeSchema: NonNullable<CreateDocumentOptions["override"]> = ({ jsonSchema, zodSchema }) => {
  const schema = jsonSchema as Record<string, unknown>;
  for (const hint of Object.keys(z.globalRegistry.get(zodSchema as unknown as z.ZodType) ?? {})) {
    if (KNOWN.has(hint) || !(hint in schema)) continue;
    schema[`x-${hint}`] = schema[hint];
    delete schema[hint];
  }
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
};
