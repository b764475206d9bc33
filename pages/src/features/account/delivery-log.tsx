/** What a webhook was sent: newest first, each with its last answer; a test, and any of them once more. */
import { useEffect } from "react";
import type { Delivery } from "#contract/webhook.ts";
import { kiln } from "../../api/kiln.ts";
import { Icon } from "../../components/icon.tsx";
import { formatMoment } from "../../formatting.ts";
import { SectionFailure } from "./section-failure.tsx";
import { useChanges } from "./use-changes.ts";
import { deliveryState } from "./webhook-words.ts";

const SHOWN = 20;
/** A delivery that is on its way is over, or is known to have failed, soon after. */
const POLL_MS = 2_000;

const onItsWay = ({ state, tries }: Delivery): boolean => state === "pending" && tries.length === 0;

export function DeliveryLog({ webhook, enabled }: { webhook: string; enabled: boolean }) {
  const read = async (signal?: AbortSignal) =>
    (await kiln.webhooks.deliveries(webhook, { limit: SHOWN, ...(signal ? { signal } : {}) })).deliveries;
  const { items, setItems, failure, busy, change } = useChanges(read);
  const waits = items?.some(onItsWay) ?? false;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `read` is the same for one webhook.
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(() => void read().then(setItems, () => undefined), POLL_MS);
    return () => clearInterval(timer);
  }, [waits]);
  const send = (act: () => Promise<Delivery>) =>
    change(async () => {
      const sent = await act();
      setItems((now) => [sent, ...(now ?? []).filter(({ id }) => id !== sent.id)]);
    });
  return (
    <div className="deliveries">
      <button
        type="button"
        className="button-quiet"
        aria-disabled={busy || !enabled}
        title={enabled ? undefined : "Switch it on first"}
        onClick={() => (enabled ? send(() => kiln.webhooks.test(webhook)) : undefined)}
      >
        <Icon name="play" />
        Send a test
      </button>
      <SectionFailure failure={failure} />
      {items?.length === 0 ? <p className="quiet">Nothing was sent yet.</p> : null}
      <ol className="rows" aria-label="Deliveries">
        {items?.map((delivery) => (
          <li key={delivery.id}>
            <div>
              <b>{delivery.type}</b> <span className="quiet">{formatMoment(delivery.createdAt)}</span>
              <p className="quiet">
                <span data-state={delivery.state === "failed" ? "failed" : undefined}>{deliveryState(delivery)}</span>
              </p>
            </div>
            <button
              type="button"
              className="button-quiet"
              aria-label={`Send ${delivery.type} of ${formatMoment(delivery.createdAt)} again`}
              aria-disabled={busy}
              onClick={() => send(() => kiln.webhooks.replay(webhook, delivery.id))}
            >
              Send again
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}
