/** Who this browser is to the server: a session, or an account by its key; what it may do, and how much. */
import type { Caller } from "#contract/caller.ts";
import { keepKey, keyCookie } from "../../api/account-key.ts";
import { localStore } from "../../api/storage.ts";
import { formatMoment } from "../../formatting.ts";
import { isKnown, limitWords, SCOPE_WORDS } from "./caller-words.ts";
import { SignIn } from "./sign-in.tsx";

/** Forgets the key; everything on the page was its account's. */
export function signOut(): void {
  keepKey(localStore(), null);
  // biome-ignore lint/suspicious/noDocumentCookie: the page is left right after; the Cookie Store answers later.
  document.cookie = keyCookie(null, window.location);
  window.location.reload();
}

export function WhoSection({ caller }: { caller: Caller }) {
  const { key } = caller;
  return (
    <section className="account-card" aria-labelledby="who-title">
      <h2 id="who-title">{titleOf(caller)}</h2>
      {key ? (
        <div className="keep">
          <p>
            Working with the key “{key.name}” (<code>{key.hint}</code>)
            {key.expiresAt === null ? "" : `, until ${formatMoment(key.expiresAt)}`}
          </p>
          <button type="button" className="button-quiet" onClick={signOut}>
            Sign out
          </button>
        </div>
      ) : null}
      {isKnown(caller) ? null : (
        <>
          <p>
            You need no account. This browser has a session: what it makes is shown to it alone, and to those you give a
            link. Another browser, or this one once its data is cleared, can't see it.
          </p>
          <p>
            An API key works everywhere, raises the limits, and brings presets of your own and longer keeping. Whoever
            runs this server makes one for you: <code>npm run keys -- create --name "You"</code>
          </p>
          <SignIn />
        </>
      )}
      <div className="account-columns">
        <div>
          <h3>{key ? "This key may" : "You may"}</h3>
          <ul className="marks">
            {caller.scopes.map((scope) => (
              <li key={scope}>{SCOPE_WORDS[scope]}</li>
            ))}
          </ul>
        </div>
        <div>
          <h3>At most</h3>
          <ul className="marks">
            {limitWords(caller).map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </div>
      </div>
    </section>
  );
}

function titleOf({ kind }: Caller): string {
  if (kind === "account") return "Signed in";
  return kind === "person" ? "Signed in by your team" : "Without a key";
}
