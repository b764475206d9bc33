/** Names of modules in the declarations that are published: the repository's own names mean nothing elsewhere. */
import { posix } from "node:path";

/**
 * The text of a declaration file with `#contract/job.ts` and `./transport.ts` as relative paths to the JavaScript names, which
 * is what TypeScript looks for declarations under.
 * @param name the file's path below the folder of all declarations, e.g. `client/kiln.d.ts`
 */
export function relativeSpecifiers(name: string, text: string): string {
  return text.replace(/(from |import\()"((?:#|\.)[^"]*)\.ts"/g, (_all, before: string, specifier: string) => {
    const target = specifier.startsWith("#") ? specifier.slice(1) : posix.join(posix.dirname(name), specifier);
    const path = posix.relative(posix.dirname(name), target);
    return `${before}"${path.startsWith(".") ? path : `./${path}`}.js"`;
  });
}
