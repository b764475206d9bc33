/** The stage of a model made of photos: the model to turn, or the report on how far to trust it. */
import { useId, useState } from "react";
import { useArtifacts } from "../../api/artifacts.ts";
import { Segmented } from "../../components/segmented.tsx";
import { ModelView } from "./model-view.tsx";
import { ReportView } from "./report-view.tsx";
import type { ShownJob } from "./shown-job.ts";

export function ScanStage({ job, title }: { job: ShownJob; title: string }) {
  const has = (name: string) => job.manifest?.artifacts.some((artifact) => artifact.name === name) ?? false;
  const [shown, setShown] = useState("model");
  const label = useId();
  return (
    <div className="stage stage-viewer">
      {has("report.html") ? (
        <div className="turner">
          <span className="visually-hidden" id={label}>
            Show
          </span>
          <Segmented
            choices={[
              { value: "model", label: job.params.until === "cameras" ? "Cameras" : "Model" },
              { value: "report", label: "Report" },
            ]}
            value={shown}
            onChange={setShown}
            labelledBy={label}
          />
        </div>
      ) : null}
      {shown === "report" ? <ReportView title={title} /> : <ScanModel job={job} title={title} has={has} />}
    </div>
  );
}

interface ScanModelProps {
  readonly job: ShownJob;
  readonly title: string;
  readonly has: (name: string) => boolean;
}

/** The model, or what there is to see of it where it can't be turned. */
function ScanModel({ job, title, has }: ScanModelProps) {
  const [broken, setBroken] = useState(false);
  const { url } = useArtifacts();
  const preview = has("preview.webp") ? url("preview.webp") : null;
  if (has("model.glb") && !broken) {
    return (
      <div className="scan stage-lit">
        <ModelView
          src={url("model.glb")}
          arSrc={has("model.usdz") ? url("model.usdz") : null}
          alt={`3D model of ${title}`}
          poster={preview}
          motion="turn"
          onBroken={() => setBroken(true)}
        />
      </div>
    );
  }
  const cameras = job.params.until === "cameras";
  const picture = !cameras && has("turntable.webp") && !wantsStillness() ? url("turntable.webp") : preview;
  return (
    <div className="scan stage-lit">
      {picture ? (
        <img
          className="stage-picture"
          src={picture}
          alt={cameras ? `Where the photos of ${title} were taken` : `The model of ${title}`}
        />
      ) : null}
      <div className="stage-bar">
        <span className="quiet">
          {broken ? "This browser can't show the model in 3D. The downloads are fine." : noModel(cameras)}
        </span>
      </div>
    </div>
  );
}

const wantsStillness = (): boolean => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

const noModel = (cameras: boolean): string =>
  cameras
    ? "Where the photos were taken. No model was asked for."
    : "A picture: choose GLB among the formats to turn the model.";
