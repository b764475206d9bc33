/**
 * What a source file imports and touches, read from its syntax tree: static, dynamic and type-only imports, re-exports,
 * member expressions and called names. Knows nothing of the rules.
 */
import { parseAst } from "rolldown/parseAst";

export interface SourceFacts {
  /** Module specifiers as written. */
  readonly imports: ReadonlySet<string>;
  /** Dotted names that are read (`process.env`) and plain names that are called (`fetch`). */
  readonly expressions: ReadonlySet<string>;
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

/** `a.b.c` for a chain of plain names, null for anything else. */
function dottedName(node: Node): string | null {
  if (node.type === "Identifier") return String(node.name);
  if (node.type !== "MemberExpression" || node.computed === true) return null;
  const object = isNode(node.object) ? dottedName(node.object) : null;
  return object && isNode(node.property) ? `${object}.${String(node.property.name)}` : null;
}

/**
 * Reads one file.
 * @param path decides the language: .ts, .tsx, .mjs …
 * @throws SyntaxError when the file cannot be parsed.
 */
export function sourceFacts(path: string, text: string): SourceFacts {
  const imports = new Set<string>();
  const expressions = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (!isNode(value)) return;
    const { source, callee } = value;
    if (isNode(source) && source.type === "Literal" && typeof source.value === "string") imports.add(source.value);
    if (value.type === "MemberExpression") expressions.add(dottedName(value) ?? "");
    if (value.type === "CallExpression" && isNode(callee)) expressions.add(dottedName(callee) ?? "");
    for (const child of Object.values(value)) visit(child);
  };
  const lang = path.endsWith("x") ? "tsx" : "ts";
  visit(parseAst(text, { lang }, path) as unknown);
  expressions.delete("");
  return { imports, expressions };
}
