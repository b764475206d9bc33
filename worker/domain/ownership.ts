/** Whose things are whose. What nobody with a key made is anybody's who knows its unguessable id. */

/** Whether `owner` may see what belongs to `resourceOwner`. */
export function maySee(owner: string, resourceOwner: string): boolean {
  return resourceOwner === owner || resourceOwner.startsWith("anon");
}

/** Whether anybody can have webhooks under this owner: the one that all share who have neither key nor session has none. */
export function mayHaveWebhooks(owner: string): boolean {
  return owner !== "anon";
}
