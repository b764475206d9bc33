/** A key is pasted, tried, and from then on this browser works as its account. */
import { type FormEvent, useId, useState } from "react";
import { Kiln } from "#client/kiln.ts";
import { keepKey, keyIn, keyProblem } from "../../api/account-key.ts";
import { toFailure } from "../../api/failure.ts";
import { localStore } from "../../api/storage.ts";

export function SignIn() {
  const id = useId();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const key = keyIn(text);
    if (!key) return setProblem(keyProblem(text));
    if (busy) return;
    setBusy(true);
    try {
      await new Kiln({ api: window.location.origin, key }).caller();
      keepKey(localStore(), key);
      window.location.reload();
    } catch (error) {
      setBusy(false);
      const failure = toFailure(error);
      setProblem(
        failure.code === "unauthorized" ? "This key does not work: it may have been revoked." : failure.message,
      );
    }
  };
  return (
    <form className="field" noValidate onSubmit={submit}>
      <label className="field-label" htmlFor={id}>
        API key
      </label>
      <div className="text-row">
        <input
          className="text-box"
          id={id}
          type="password"
          autoComplete="off"
          spellCheck={false}
          placeholder="kiln_live_…"
          value={text}
          aria-invalid={problem !== null}
          aria-describedby={`${id}-hint`}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button-quiet" aria-disabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
      </div>
      <p className="field-hint" id={`${id}-hint`} role={problem ? "alert" : undefined}>
        {problem ? (
          <span className="field-error">{problem}</span>
        ) : (
          "It is kept in this browser until you sign out. Don't do that on a computer that others use."
        )}
      </p>
    </form>
  );
}
