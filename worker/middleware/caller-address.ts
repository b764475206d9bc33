/** Where a call comes from, as far as limits go: one IPv4 address, or the /64 network that a site with IPv6 has at least. */
import ipaddr from "ipaddr.js";
import { sha256Hex } from "../domain/content-hash.ts";

/**
 * `192.0.2.7` as it is, `2001:db8:1:2:3:4:5:6` as `2001:db8:1:2::/64`; an IPv4 address written as an IPv6 one is an IPv4
 * address. Callers whose address is not known are all one.
 */
export function callerNetwork(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return "unknown";
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  const groups = (parsed as ipaddr.IPv6).parts.slice(0, 4);
  return `${groups.map((group) => group.toString(16)).join(":")}::/64`;
}

/** A name for that which does not show it. `CF-Connecting-IP` is Cloudflare's own: callers can't set it there. */
export async function callerName(request: Request): Promise<string> {
  const network = callerNetwork(request.headers.get("CF-Connecting-IP") ?? undefined);
  return `ip:${(await sha256Hex(network)).slice(0, 32)}`;
}
