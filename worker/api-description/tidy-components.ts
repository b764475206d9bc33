/**
 * The named schemas of a document, without those that nothing refers to. zod-openapi makes each for requests and for answers,
 * which it calls `…Output`; here both have one name, and so must be one.
 */

const PREFIX = "#/components/schemas/";
const BESIDE_REFERENCE = new Set(["$ref", "description"]);
/** What is appended to the name of a schema that answers show. */
const OUTPUT = /Output$/;

interface Document {
  components?: { schemas?: Record<string, unknown> };
}

/** Throws when requests and answers show a schema otherwise: it must be two then. */
export function tidyComponents<D extends Document>(document: D): D {
  const schemas = document.components?.schemas ?? {};
  const { components, ...rest } = document;
  const used = new Set<string>();
  const { schemas: _, ...otherComponents } = components ?? {};
  collect({ rest, otherComponents }, schemas, used);
  const kept: Record<string, unknown> = {};
  for (const name of [...used].sort()) {
    const plain = name.replace(OUTPUT, "");
    const schema = withPlainNames(schemas[name]);
    if (plain in kept && JSON.stringify(kept[plain]) !== JSON.stringify(schema))
      throw new Error(
        `${plain} is not the same in requests and in answers. Give each a schema with a name of its own.`,
      );
    kept[plain] = schema;
  }
  return {
    ...(withPlainNames(document) as D),
    components: { ...(withPlainNames(components) as object), schemas: kept },
  };
}

/** Adds the names that `value` refers to, and those that these refer to. */
function collect(value: unknown, schemas: Record<string, unknown>, used: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (key === "$ref" && typeof child === "string" && child.startsWith(PREFIX)) {
      const name = child.slice(PREFIX.length);
      if (used.has(name)) continue;
      used.add(name);
      collect(schemas[name], schemas, used);
    } else collect(child, schemas, used);
  }
}

function withPlainNames(value: unknown): unknown {
  if (typeof value === "string" && value.startsWith(PREFIX)) return value.replace(OUTPUT, "");
  if (Array.isArray(value)) return value.map(withPlainNames);
  if (typeof value !== "object" || value === null) return value;
  // Beside a reference only words: `additionalProperties: false` there would refuse all that the reference allows, and an empty
  // default says nothing (schema-words.ts drops the others).
  const entries = Object.entries(value).filter(([key]) => !("$ref" in value) || BESIDE_REFERENCE.has(key));
  return Object.fromEntries(entries.map(([key, child]) => [key, withPlainNames(child)]));
}
