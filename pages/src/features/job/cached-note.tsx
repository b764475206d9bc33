/** A quiet word that nothing was done for this result, because it was there; and the way to have it done after all. */
import { useState } from "react";
import { type Failure, toFailure } from "../../api/failure.ts";
import { ForWriters } from "../account/may-write.tsx";

export function CachedNote({ onAgain }: { onAgain: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const again = () => {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    onAgain().catch((error) => {
      setBusy(false);
      setFailure(toFailure(error));
    });
  };
  return (
    <div className="keep">
      <p className="quiet" role="status">
        {failure ? (
          <span className="field-error">{failure.message}</span>
        ) : (
          "Made before: this result was there already."
        )}
      </p>
      <ForWriters>
        <button type="button" className="button-quiet" aria-disabled={busy} onClick={again}>
          {busy ? "Starting…" : "Run again"}
        </button>
      </ForWriters>
    </div>
  );
}
