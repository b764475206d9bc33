/** The stage of a traced picture: the SVG over the picture it was made of. */
import { useState } from "react";
import { useArtifacts } from "../../api/artifacts.ts";
import { CompareView } from "../compare/compare-view.tsx";
import type { DraftInput } from "../compose/draft.ts";
import { beforeUrl } from "./before-url.ts";

export function SvgStage({ title, input }: { title: string; input: DraftInput | null }) {
  const [broken, setBroken] = useState(false);
  const artifacts = useArtifacts();
  const after = { src: artifacts.url("image.svg"), label: "SVG", alt: `The SVG of ${title}` };
  const before = {
    src: beforeUrl(artifacts, broken ? null : input, "before.webp"),
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
