/**
 * Names to addresses for connections on a user's behalf. A name is resolved once, every address is checked, and the
 * connection is made to one of those that were checked: a name server that answers otherwise a moment later changes nothing.
 */
import { lookup as systemLookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { checkPublicUrl, isPublicAddress, type UrlCheck } from "#public-address/public-url.ts";

/** All addresses of a name. Rejects like `dns.lookup`. */
export type Resolve = (hostname: string) => Promise<readonly { address: string; family: number }[]>;

export const resolveBySystem: Resolve = (hostname) => systemLookup(hostname, { all: true });

/** The name leads to a machine that is not everybody's to reach. */
export class PrivateAddressError extends Error {
  constructor() {
    super("not a public address");
    this.name = "PrivateAddressError";
  }
}

/** Which addresses may be connected to: what the URL says, and what its name resolves to. */
export interface AddressRules {
  checkUrl(text: string): UrlCheck;
  isAllowed(address: string): boolean;
}

/** Public addresses, over https; or with `allowPrivate`, for work on one machine, any. */
export function addressRules(allowPrivate: boolean): AddressRules {
  return {
    checkUrl: (text) => checkPublicUrl(text, { allowPrivate }),
    isAllowed: (address) => allowPrivate || isPublicAddress(address),
  };
}

/**
 * A `lookup` for `http.request` that gives allowed addresses only. A name with one that is not is refused as a whole: an
 * honest one has none.
 */
export function checkedLookup(resolve: Resolve, { isAllowed }: AddressRules): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (!first || !addresses.every(({ address }) => isAllowed(address))) {
          return callback(new PrivateAddressError(), "", 0);
        }
        if (options.all) return callback(null, [...addresses]);
        callback(null, first.address, first.family);
      },
      (error) => callback(error, "", 0),
    );
  };
}
