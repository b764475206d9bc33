/** What stands in the empty arch: what is wanted, which formats, how large. */
import type { JobTypeInfo } from "#contract/public-api.ts";
import { formatBytes } from "../../formatting.ts";
import type { Kind } from "../../kinds.ts";
import { formatNames } from "../compose/check-file.ts";

export function Invitation({ kind, accepted }: { kind: Kind; accepted: JobTypeInfo["inputs"] }) {
  const { extensions, maxBytes, max } = accepted;
  return (
    <span className="invitation">
      {kind.sample ? (
        <img className="invitation-picture" src={kind.sample.result} alt="" width="480" height="480" />
      ) : null}
      <span className="invitation-title">
        <span className="only-pointer">Drop</span>
        <span className="only-touch">Add</span> {kind.wanted}
      </span>
      <span className="invitation-text">
        {formatNames(extensions).replace(/^an? /, "")}, up to {formatBytes(maxBytes)}
        {max > 1 ? ` each` : ""}
      </span>
      <span className="button-look">{max > 1 ? "Choose files" : "Choose a file"}</span>
    </span>
  );
}
