/** Who the visitor is to the server, and what is theirs beside jobs: usage, API keys, webhooks. */
import type { Caller } from "#contract/caller.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import type { Failure } from "../../api/failure.ts";
import { accountKey } from "../../api/kiln.ts";
import { Notice } from "../../components/notice.tsx";
import { usePageTitle } from "../../components/use-page-title.ts";
import { isKnown } from "./caller-words.ts";
import { KeysSection } from "./keys-section.tsx";
import { UsageSection } from "./usage-section.tsx";
import { WebhooksSection } from "./webhooks-section.tsx";
import { signOut, WhoSection } from "./who-section.tsx";

interface AccountPageProps {
  readonly types: readonly JobTypeInfo[];
  /** Null until it is known. */
  readonly caller: Caller | null;
  readonly failure: Failure | null;
  readonly onAgain: () => void;
}

export function AccountPage({ types, caller, failure, onAgain }: AccountPageProps) {
  usePageTitle("Account");
  if (!caller) {
    return (
      <main className="bench bench-single" id="main" tabIndex={-1} aria-busy={!failure}>
        {failure ? <Unknown failure={failure} onAgain={onAgain} /> : null}
      </main>
    );
  }
  const may = (scope: Caller["scopes"][number]) => caller.scopes.includes(scope);
  return (
    <main className="account" id="main" tabIndex={-1}>
      <h1>Account</h1>
      <WhoSection caller={caller} />
      {may("read") ? <UsageSection types={types} /> : null}
      {isKnown(caller) && may("keys") ? <KeysSection scopes={caller.scopes} current={caller.key?.id ?? null} /> : null}
      {may("webhooks") ? <WebhooksSection /> : null}
    </main>
  );
}

/** The server does not say who this is: the key does not work any more, or the server is away. */
function Unknown({ failure, onAgain }: { failure: Failure; onAgain: () => void }) {
  const refused = failure.code === "unauthorized" && accountKey !== null;
  return (
    <Notice
      alone
      tone="error"
      title={refused ? "Your key does not work any more" : failure.title}
      actions={
        <>
          {refused ? (
            <button type="button" onClick={signOut}>
              Sign out
            </button>
          ) : null}
          <button type="button" onClick={onAgain}>
            Try again
          </button>
        </>
      }
    >
      {refused
        ? "It was revoked, or its time is over. Sign out to go on without it, or to use another."
        : failure.message}
    </Notice>
  );
}
