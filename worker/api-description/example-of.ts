/** An example with the schema that it is one of. */
import type { z } from "zod";

export type SchemaExample = readonly [z.ZodType, unknown];

/** Typed by the schema. */
export function of<S extends z.ZodType>(schema: S, value: z.input<S>): SchemaExample {
  return [schema, value];
}
