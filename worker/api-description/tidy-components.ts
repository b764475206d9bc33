/** The named schemas of a document, without those that nothing refers to, and under their plain names. */

const PREFIX = "#/components/schemas/";
/** What is appended to the name of a schema that answers show otherwise than requests. */
const OUTPUT = "Output";

interface Document {
  components?: { schemas?: Record<string, unknown> };
}

/** zod-openapi makes each named schema for requests and for answers; what only answers use takes the plain name here. */
export function tidyComponents<D extends Document>(document: D): D {
  const schemas = document.components?.schemas ?? {};
  const { components, ...rest } = document;
  const used = new Set<string>();
  const { schemas: _, ...otherComponents } = components ?? {};
  collect({ rest, otherComponents }, schemas, used);
  const plain = new Map<string, string>();
  for (const name of used) {
    const base = name.endsWith(OUTPUT) ? name.slice(0, -OUTPUT.length) : name;
    plain.set(name, used.has(base) ? name : base);
  }
  const names = [...used].sort();
  const kept = Object.fromEntries(names.map((name) => [plain.get(name) as string, schemas[name]]));
  return rename({ ...document, components: { ...components, schemas: kept } }, plain) as D;
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

function rename(value: unknown, plain: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string" && value.startsWith(PREFIX)) {
    const name = value.slice(PREFIX.length);
    return PREFIX + (plain.get(name) ?? name);
  }
  if (Array.isArray(value)) return value.map((child) => rename(child, plain));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, rename(child, plain)]));
}
