/** One webhook: how it stands, what can be done with it, and what it was sent. */
import { useId, useState } from "react";
import type { Webhook } from "#contract/webhook.ts";
import { ConfirmButton } from "../../components/confirm-button.tsx";
import { DeliveryLog } from "./delivery-log.tsx";
import { eventsText, webhookState } from "./webhook-words.ts";

interface WebhookRowProps {
  readonly hook: Webhook;
  readonly onSwitch: () => void;
  readonly onRotate: () => void;
  readonly onRemove: () => void;
}

export function WebhookRow({ hook, onSwitch, onRotate, onRemove }: WebhookRowProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <li>
      <div>
        <b className="address">{hook.url}</b>
        <p className="quiet">
          <span data-state={hook.enabled && hook.failingSince === null ? undefined : "failed"}>
            {webhookState(hook)}
          </span>{" "}
          · {eventsText(hook)}
        </p>
      </div>
      <div className="row-buttons">
        <button
          type="button"
          className="button-quiet"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
        >
          Deliveries
        </button>
        <button type="button" className="button-quiet" onClick={onSwitch}>
          {hook.enabled ? "Switch off" : "Switch on"}
        </button>
        <ConfirmButton label={`New secret for ${hook.url}`} question="Make a new secret?" onConfirm={onRotate}>
          New secret
        </ConfirmButton>
        <ConfirmButton label={`Delete ${hook.url}`} question="Delete for good?" onConfirm={onRemove}>
          Delete
        </ConfirmButton>
      </div>
      <div id={id}>{open ? <DeliveryLog webhook={hook.id} enabled={hook.enabled} /> : null}</div>
    </li>
  );
}
