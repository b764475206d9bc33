/**
 * Whose things are whose. An owner is one of:
 *   acc_…          an account, by any of its API keys
 *   access:<hash>  a person behind Cloudflare Access
 *   anon:<hash>    a session: a browser, or whoever sends the same `Kiln-Session`
 *   anon           nobody: no key and no session. What is made so is anybody's who knows its unguessable id.
 */

/** The owner of all that was made without any credential. */
export const NOBODY = "anon";

/** Whether `owner` may see and change what belongs to `resourceOwner`. */
export function maySee(owner: string, resourceOwner: string): boolean {
  return resourceOwner === owner || resourceOwner === NOBODY;
}

/** Whether anybody can have webhooks under this owner: the one that all share who have neither key nor session has none. */
export function mayHaveWebhooks(owner: string): boolean {
  return owner !== NOBODY;
}

/** Whether the owner is known to the operator, by a key or through Access: a session anybody makes for themselves. */
export function isKnown(owner: string): boolean {
  return owner.startsWith("acc_") || owner.startsWith("access:");
}
