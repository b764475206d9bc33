/** The stage of a finished job: the model to turn and look at, or its picture where there is no GLB or no WebGL. */
import { useState } from "react";
import { useArtifacts } from "../../api/artifacts.ts";
import { ModelView } from "./model-view.tsx";
import type { ShownJob } from "./shown-job.ts";

export function ModelStage({ job, title }: { job: ShownJob; title: string }) {
  const [broken, setBroken] = useState(false);
  const has = (name: string) => job.manifest?.artifacts.some((artifact) => artifact.name === name) ?? false;
  const { url } = useArtifacts();
  if (has("model.glb") && !broken) {
    return (
      <div className="stage stage-lit">
        <ModelView
          src={url("model.glb")}
          arSrc={has("model.usdz") ? url("model.usdz") : null}
          alt={`3D model of ${title}`}
          onBroken={() => setBroken(true)}
        />
      </div>
    );
  }
  return (
    <div className="stage stage-lit">
      {has("preview.webp") ? (
        <img className="stage-picture" src={url("preview.webp")} alt={`The model of ${title}`} />
      ) : null}
      <div className="stage-bar">
        <span className="quiet">
          {broken
            ? "This browser can't show the model in 3D. The downloads are fine."
            : "A picture: choose GLB among the formats to turn the model."}
        </span>
      </div>
    </div>
  );
}
