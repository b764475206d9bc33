/** Which methods there are at a path: what a request with another one is told. */
import type { Resource } from "./operation.ts";

interface DeclaredPath {
  readonly pattern: RegExp;
  /** How much of it is fixed: `/v1/jobs/cancel` goes before `/v1/jobs/{id}`. */
  readonly fixed: number;
  readonly methods: Set<string>;
}

/** The paths that calls are declared for. */
export class DeclaredPaths {
  readonly #paths: readonly DeclaredPath[];

  constructor(resources: readonly Resource[]) {
    const paths = new Map<string, DeclaredPath>();
    for (const { method, path } of resources.flatMap(({ operations }) => operations)) {
      const known = paths.get(path) ?? { pattern: toPattern(path), fixed: countFixed(path), methods: new Set() };
      known.methods.add(method.toUpperCase());
      paths.set(path, known);
    }
    this.#paths = [...paths.values()].sort((a, b) => b.fixed - a.fixed);
  }

  /** The methods at a path, HEAD with GET; null when there is nothing. Of several that match, the most fixed one counts. */
  methodsAt(path: string): string[] | null {
    const methods = this.#paths.find(({ pattern }) => pattern.test(path))?.methods;
    if (!methods) return null;
    return [...methods, ...(methods.has("GET") ? ["HEAD"] : [])].sort();
  }
}

function toPattern(path: string): RegExp {
  const pattern = path
    .replaceAll(".", "\\.")
    .replace(/\{\w+\*\}/g, "[\\s\\S]+")
    .replace(/\{\w+\}/g, "[^/]+");
  return new RegExp(`^${pattern}$`);
}

/** Fixed segments; one that takes slashes stands behind all others. */
function countFixed(path: string): number {
  const fixed = path.split("/").filter((segment) => segment !== "" && !segment.startsWith("{")).length;
  return path.includes("*}") ? fixed - 0.5 : fixed;
}
