/**
 * An object's alarm is its promise that what it has begun goes on. The platform rings it at least once, and gives up after six
 * failures of the handler, or of what it runs on: then nothing would ever set it again. So whoever calls the object looks.
 * https://developers.cloudflare.com/durable-objects/api/alarms
 */

/**
 * Sets the alarm again when there is none. While it rings there is none either: an object that is not done sets one at the
 * end of that in any case, so that one too many does no harm.
 * @param arm sets the alarm if there is something to do
 */
export function armIfLost(context: DurableObjectState, arm: () => void): void {
  const look = async () => {
    if ((await context.storage.getAlarm()) === null) arm();
  };
  context.waitUntil(look().catch((error) => console.error("alarm not looked at", { error: String(error) })));
}
