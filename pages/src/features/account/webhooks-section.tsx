/** The webhooks: addresses that are told when jobs and batches end. */
import { useState } from "react";
import type { CreateWebhookRequest, Webhook } from "#contract/webhook.ts";
import { kiln } from "../../api/kiln.ts";
import { Icon } from "../../components/icon.tsx";
import { NewWebhook } from "./new-webhook.tsx";
import { SecretBox } from "./secret-box.tsx";
import { SectionFailure } from "./section-failure.tsx";
import { useChanges } from "./use-changes.ts";
import { WebhookRow } from "./webhook-row.tsx";

export function WebhooksSection() {
  const { items, setItems, failure, busy, change } = useChanges((signal) => kiln.webhooks.list({ signal }));
  const [making, setMaking] = useState(false);
  const [told, setTold] = useState<{ readonly title: string; readonly secret: string } | null>(null);
  const put = (hook: Webhook) => setItems((now) => (now ?? []).map((one) => (one.id === hook.id ? hook : one)));
  const make = (request: CreateWebhookRequest) =>
    change(async () => {
      const { secret, ...hook } = await kiln.webhooks.create(request);
      setTold({ title: `The secret that signs what ${hostOf(hook.url)} gets`, secret });
      setItems((now) => [...(now ?? []), hook]);
      setMaking(false);
    });
  const rotate = ({ id }: Webhook) =>
    change(async () => {
      const { secret, ...hook } = await kiln.webhooks.rotateSecret(id);
      setTold({ title: `The new secret for ${hostOf(hook.url)}. The old one signs too for a day`, secret });
      put(hook);
    });
  return (
    <section className="account-card" aria-labelledby="webhooks-title">
      <h2 id="webhooks-title">Webhooks</h2>
      <p className="quiet">
        A server of yours is told when jobs and batches end, signed, and again until it has taken it.
      </p>
      {told ? <SecretBox {...told} onDone={() => setTold(null)} /> : null}
      <SectionFailure failure={failure} />
      <ul className="rows" aria-label="Webhooks">
        {items?.map((hook) => (
          <WebhookRow
            key={hook.id}
            hook={hook}
            onRotate={() => rotate(hook)}
            onSwitch={() => change(async () => put(await kiln.webhooks.update(hook.id, { enabled: !hook.enabled })))}
            onRemove={() =>
              change(async () => {
                await kiln.webhooks.remove(hook.id);
                setItems((now) => (now ?? []).filter(({ id }) => id !== hook.id));
              })
            }
          />
        ))}
      </ul>
      {making ? (
        <NewWebhook busy={busy} onMake={make} onCancel={() => setMaking(false)} />
      ) : (
        <button type="button" className="button-quiet" onClick={() => setMaking(true)}>
          <Icon name="plus" />
          New webhook
        </button>
      )}
    </section>
  );
}

const hostOf = (url: string): string => new URL(url).hostname;
