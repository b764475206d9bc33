/** The form of a new webhook: where it is, and what it is told of. */
import { type FormEvent, useId, useState } from "react";
import { type CreateWebhookRequest, WEBHOOK_EVENTS, type WebhookEvent } from "#contract/webhook.ts";
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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!/^https:\/\//i.test(url.trim())) return setProblem("Enter an address that begins with https://.");
    if (events.length === 0) return setProblem("Choose what it is told of.");
    setProblem(null);
    onMake({ url: url.trim(), events: events.length === WEBHOOK_EVENTS.length ? null : [...events] });
  };
  return (
    <form className="account-form" noValidate onSubmit={submit}>
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
      <fieldset className="checks">
        <legend className="field-label">It is told when</legend>
        {WEBHOOK_EVENTS.map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={events.includes(name)}
              onChange={() =>
                setEvents((now) => (now.includes(name) ? now.filter((one) => one !== name) : [...now, name]))
              }
            />
            {EVENT_WORDS[name]}
          </label>
        ))}
      </fieldset>
      {problem ? (
        <p className="field-error" role="alert">
          {problem}
        </p>
      ) : null}
      <div className="form-buttons">
        <button type="submit" className="button-primary" aria-disabled={busy}>
          Make the webhook
        </button>
        <button type="button" className="button-quiet" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
