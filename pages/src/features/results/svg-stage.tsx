/** The stage of a traced picture: the SVG over the picture it was made of. */
import { useState } from "react";
import type { Job } from "#contract/job.ts";
import { kiln } from "../../api/kiln.ts";
import { CompareView } from "../compare/compare-view.tsx";
import type { DraftInput } from "../compose/draft.ts";
import { beforeUrl } from "./before-url.ts";

export function SvgStage({ job, title, input }: { job: Job; title: string; input: DraftInput | null }) {
  const [broken, setBroken] = useState(false);
  const after = { src: kiln.artifactUrl(job.id, "image.svg"), label: "SVG", alt: `The SVG of ${title}` };
  const before = {
    src: beforeUrl(job, broken ? null : input, "before.webp"),
    label: "Original",
    alt: `The picture ${title}`,
    onBroken: () => setBroken(true),
  };
  return (
    <div className="stage stage-viewer">
      <CompareView before={before} after={after} ground={null}>
        <span className="quiet hint-pointer">Scroll to zoom: the edges stay sharp</span>
      </CompareView>
    </div>
  );
}
