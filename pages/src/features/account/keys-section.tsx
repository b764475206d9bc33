/** The API keys of the account: those that work, a new one, the end of one. */
import { useState } from "react";
import type { ApiKey, ApiKeyWithSecret, CreateKeyRequest, Scope } from "#contract/access.ts";
import { kiln } from "../../api/kiln.ts";
import { ConfirmButton } from "../../components/confirm-button.tsx";
import { Icon } from "../../components/icon.tsx";
import { useNow } from "../../components/use-now.ts";
import { formatAgo, formatMoment } from "../../formatting.ts";
import { NewKey } from "./new-key.tsx";
import { SecretBox } from "./secret-box.tsx";
import { SectionFailure } from "./section-failure.tsx";
import { useChanges } from "./use-changes.ts";

const PAGE = 100;
const AGE_MS = 30_000;

interface KeysSectionProps {
  /** What the caller may do, and so what a new key may. */
  readonly scopes: readonly Scope[];
  /** Id of the key that this page works with, or null. */
  readonly current: string | null;
}

export function KeysSection({ scopes, current }: KeysSectionProps) {
  const { items, setItems, failure, busy, change } = useChanges(
    async (signal) => (await kiln.keys.list({ limit: PAGE, signal })).keys,
  );
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<ApiKeyWithSecret | null>(null);
  const now = useNow(AGE_MS);
  const working = items?.filter(({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt ?? now + 1) > now) ?? [];
  const make = (request: CreateKeyRequest) =>
    change(async () => {
      const key = await kiln.keys.create(request);
      setMade(key);
      setItems((keys) => [key, ...(keys ?? [])]);
      setMaking(false);
    });
  const revoke = ({ id }: ApiKey) =>
    change(async () => {
      await kiln.keys.revoke(id);
      setItems((keys) => (keys ?? []).filter((key) => key.id !== id));
    });
  return (
    <section className="account-card" aria-labelledby="keys-title">
      <h2 id="keys-title">API keys</h2>
      <p className="quiet">
        What is made with one belongs to all of them. To change one over, make another, then revoke it.
      </p>
      {made ? <SecretBox title={`The key “${made.name}”`} secret={made.secret} onDone={() => setMade(null)} /> : null}
      <SectionFailure failure={failure} />
      <ul className="rows" aria-label="API keys">
        {working.map((key) => (
          <li key={key.id}>
            <div>
              <b>{key.name}</b> {key.id === current ? <span className="quiet">this one</span> : null}
              <p className="quiet">
                <code>{key.hint}</code> · {key.scopes.join(", ")}
              </p>
              <p className="quiet">
                {key.lastUsedAt === null ? "Not used yet" : `Used ${formatAgo(key.lastUsedAt, now)}`} ·{" "}
                {key.expiresAt === null ? "for ever" : `until ${formatMoment(key.expiresAt)}`}
              </p>
            </div>
            {key.id === current ? null : (
              <ConfirmButton label={`Revoke ${key.name}`} question="Revoke for good?" onConfirm={() => revoke(key)}>
                Revoke
              </ConfirmButton>
            )}
          </li>
        ))}
      </ul>
      {making ? (
        <NewKey scopes={scopes} busy={busy} onMake={make} onCancel={() => setMaking(false)} />
      ) : (
        <button type="button" className="button-quiet" onClick={() => setMaking(true)}>
          <Icon name="plus" />
          New key
        </button>
      )}
    </section>
  );
}
