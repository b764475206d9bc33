/**
 * Guards against requests forged through the server (SSRF): which URLs may be called on a user's behalf. Reads the URL only;
 * names are resolved by whoever connects, see README.md.
 */
import ipaddr from "ipaddr.js";

/** Longest URL that is taken, in characters. */
const MAX_URL_CHARS = 2_048;

/** All of the addresses that are routed for anyone lie in here; IPv4 embedded in IPv6 does not. RFC 4291 §2.4, IANA's registry. */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse("2000::"), 3];

/** Names that mean a machine nearby: RFC 6761, RFC 6762, RFC 8375, ICANN's reserved `.internal`, Kubernetes' services, and customs. */
const NEARBY_SUFFIXES = [
  ...["localhost", "localdomain", "local", "internal", "home.arpa", "svc"],
  ...["lan", "intranet", "corp", "home", "private"],
];

export type UrlCheck = { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly reason: string };

/**
 * Whether an address is one that anyone can reach: no loopback, private, link-local, carrier-grade NAT, multicast, reserved
 * or documentation address, nor one that holds an IPv4 address within (mapped, compatible, 6to4, NAT64, Teredo).
 * @param address IPv4 in dotted decimals or IPv6 without brackets; anything else is not public
 */
export function isPublicAddress(address: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address).range() === "unicast";
  if (!ipaddr.IPv6.isValid(address) || address.includes("%")) return false;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.range() === "unicast" && parsed.match(GLOBAL_UNICAST);
}

/**
 * The URL, if it may be called: https on port 443, no user and password, a public address or a name that can be one.
 * `allowPrivate` lets http, other ports and any host pass, for work on one machine.
 * `reason` completes the sentence "url …".
 */
export function checkPublicUrl(text: string, { allowPrivate }: { allowPrivate: boolean }): UrlCheck {
  if (text.length > MAX_URL_CHARS) return { ok: false, reason: `is longer than ${MAX_URL_CHARS} characters` };
  const url = URL.parse(text);
  if (!url) return { ok: false, reason: "is not an absolute URL" };
  const reason = refusal(url, allowPrivate);
  return reason === null ? { ok: true, url } : { ok: false, reason };
}

function refusal({ protocol, username, password, port, hostname }: URL, allowPrivate: boolean): string | null {
  const isHttp = protocol === "https:" || (allowPrivate && protocol === "http:");
  if (!isHttp) return "must begin with https://";
  if (username !== "" || password !== "") return "must not carry a user name or password";
  if (allowPrivate) return null;
  // URL leaves out the port that belongs to the scheme.
  if (port !== "") return "must use port 443";
  return isPublicHost(hostname) ? null : "must name a host on the public internet";
}

/** `hostname` as URL writes it: IPv4 in four decimals whatever it was before, IPv6 in brackets, names in lower-case ASCII. */
function isPublicHost(hostname: string): boolean {
  if (hostname.startsWith("[")) return isPublicAddress(hostname.slice(1, -1));
  if (ipaddr.IPv4.isValidFourPartDecimal(hostname)) return isPublicAddress(hostname);
  // A name may end in the dot of the root.
  const labels = hostname.replace(/\.$/, "").split(".");
  if (labels.length < 2 || labels.includes("")) return false;
  const name = labels.join(".");
  return !NEARBY_SUFFIXES.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
}
