/** What stands in the empty arch: what is wanted, which formats, how large. */
import type { JobTypeInfo } from "#contract/public-api.ts";
import { formatBytes } from "../../formatting.ts";
import type { Kind } from "../../kinds.ts";
import { formatNames } from "../compose/check-file.ts";
import { isOnePerJob } from "../compose/one-per-job.ts";

export function Invitation({ kind, accepted }: { kind: Kind; accepted: JobTypeInfo["inputs"] }) {
  const { extensions, maxBytes, max } = accepted;
  return (
    <span className="invitation">
      {kind.sample ? <SampleResult sample={kind.sample} /> : null}
      <span className="invitation-title">
        <span className="only-pointer">Drop</span>
        <span className="only-touch">Add</span> {kind.wanted}
      </span>
      <span className="invitation-text">
        {formatNames(extensions).replace(/^an? /, "")}, up to {formatBytes(maxBytes)}
        {max > 1 ? ` each` : ""}
        {isOnePerJob(accepted) ? ". Several become a batch" : ""}
      </span>
      <span className="button-look">{max > 1 ? "Choose files" : "Choose a file"}</span>
    </span>
  );
}

const wantsStillness = (): boolean => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** What Kiln makes of the sample: a picture, or a clip that plays unless motion is unwanted. */
function SampleResult({ sample: { result, plays, still } }: { sample: NonNullable<Kind["sample"]> }) {
  if (!plays) return <img className="invitation-picture" src={result} alt="" width="480" height="480" />;
  if (wantsStillness()) return <img className="invitation-picture" src={still ?? ""} alt="" width="400" height="400" />;
  return <video className="invitation-picture" src={result} poster={still} autoPlay loop muted playsInline />;
}
