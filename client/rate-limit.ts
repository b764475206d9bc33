/**
 * What an answer's `RateLimit` and `RateLimit-Policy` say of a limit, as far as Kiln writes them: `"jobs";r=0;t=1800` and
 * `"jobs";q=5;w=3600`. Source of the names: draft-ietf-httpapi-ratelimit-headers-10. Pure.
 */

/** How one limit stands. */
export interface RateLimit {
  /** `jobs` or `bytes`; later versions may have others. */
  readonly name: string;
  /** How much may be had in the window, and how long that is in seconds. */
  readonly quota: number;
  readonly windowS: number;
  readonly remaining: number;
  /** Seconds until all of it can be had again. */
  readonly resetS: number;
}

/** The members of a field by name, with their integer parameters. */
function membersOf(field: string | null): Map<string, Record<string, number>> {
  const members = (field ?? "").matchAll(/"([^"]*)"((?:;[a-z]+=(?:\d+|"[^"]*"))*)/g);
  return new Map(
    [...members].map(([, name = "", params = ""]) => [
      name,
      Object.fromEntries([...params.matchAll(/;([a-z]+)=(\d+)/g)].map(([, key, value]) => [key, Number(value)])),
    ]),
  );
}

/** All limits that the headers tell of completely. */
export function rateLimitsOf(headers: Pick<Headers, "get">): RateLimit[] {
  const policies = membersOf(headers.get("RateLimit-Policy"));
  return [...membersOf(headers.get("RateLimit"))].flatMap(([name, { r: remaining, t: resetS }]) => {
    const { q: quota, w: windowS } = policies.get(name) ?? {};
    const known = remaining !== undefined && resetS !== undefined && quota !== undefined && windowS !== undefined;
    return known ? [{ name, quota, windowS, remaining, resetS }] : [];
  });
}
