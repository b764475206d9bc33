/** The form of a new webhook: where it is, and what it is told of. */
import { useId, useState } from "react";
import { type CreateWebhookRequest, WEBHOOK_EVENTS, type WebhookEvent } from "#contract/webhook.ts";
import { AccountForm, Checks } from "./account-form.tsx";
import { EVENT_WORDS } from "./webhook-words.ts";

interface NewWebhookProps {
  readonly busy: boolean;
  readonly onMake: (request: CreateWebhookRequest) => void;
  readonly onCancel: () => void;
}

export function NewWebhook({ busy, onMake, onCancel }: NewWebhookProps) {
  const id = useId();
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState<readonly WebhookEvent[]>(WEBHOOK_EVENTS);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = () => {
    if (!/^https:\/\//i.test(url.trim())) return setProblem("Enter an address that begins with https://.");
    if (events.length === 0) return setProblem("Choose what it is told of.");
    setProblem(null);
    onMake({ url: url.trim(), events: events.length === WEBHOOK_EVENTS.length ? null : [...events] });
  };
  return (
    <AccountForm problem={problem} submitLabel="Make the webhook" busy={busy} onSubmit={submit} onCancel={onCancel}>
      <div className="field">
        <label className="field-label" htmlFor={id}>
          Address
        </label>
        <input
          className="text-box"
          id={id}
          type="url"
          // biome-ignore lint/a11y/noAutofocus: the form takes the place of the button that was just pressed.
          autoFocus
          value={url}
          placeholder="https://example.com/hooks"
          onChange={(event) => setUrl(event.target.value)}
        />
      </div>
      <Checks
        legend="It is told when"
        choices={WEBHOOK_EVENTS}
        words={EVENT_WORDS}
        checked={events}
        onChange={setEvents}
      />
    </AccountForm>
  );
}
