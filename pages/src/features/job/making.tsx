/** How a result was made: seconds per stage as bars, versions of the tools, parameters. Folded. */
import type { Manifest } from "#contract/manifest.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { formatBytes, formatSeconds } from "../../formatting.ts";

export function Making({ manifest, stages }: { manifest: Manifest; stages: JobTypeInfo["stages"] }) {
  const longest = Math.max(0.001, ...manifest.timings.map(({ seconds }) => seconds));
  const titleOf = (name: string) => stages.find((stage) => stage.name === name)?.title ?? name;
  const tools = Object.entries(manifest.versions).map(([tool, version]) => `${tool} ${version}`);
  return (
    <details className="fold">
      <summary>How it was made</summary>
      <dl className="timings">
        {manifest.timings.map(({ stage, seconds }) => (
          <div key={stage}>
            <dt>{titleOf(stage)}</dt>
            <dd>
              <span className="timing-bar" style={{ width: `${(seconds / longest) * 100}%` }} />
              <span>{formatSeconds(seconds)}</span>
            </dd>
          </div>
        ))}
      </dl>
      <p className="quiet">
        {[
          ...tools,
          ...(manifest.peakMemoryBytes ? [`${formatBytes(manifest.peakMemoryBytes)} of memory at most`] : []),
        ].join(" · ")}
      </p>
      <pre className="code">{JSON.stringify(manifest.params, null, 2)}</pre>
    </details>
  );
}
