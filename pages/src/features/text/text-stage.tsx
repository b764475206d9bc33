/** The stage while a text is composed: a sketch of it that follows every keystroke. */
import { useEffect, useState } from "react";
import type { FormValues } from "../parameters/form-values.ts";
import { toSketch } from "./text-sketch.ts";

interface TextStageProps {
  readonly values: FormValues;
  /** A font file of the visitor's, or null. */
  readonly font: File | null;
}

export function TextStage({ values, font }: TextStageProps) {
  const family = useFontFile(font);
  const { text, style } = toSketch(values, family);
  const empty = text.trim() === "";
  return (
    <div className="stage">
      <div className="arch text-arch" aria-hidden="true">
        {empty ? <span className="invitation-title">Type a text</span> : null}
      </div>
      {empty ? null : (
        <p className="text-sketch" style={style} dir="auto" aria-hidden="true">
          {text}
        </p>
      )}
      <div className="stage-bar">
        <span className="quiet">{noteOf(empty, family)}</span>
      </div>
    </div>
  );
}

function noteOf(empty: boolean, family: string | null): string {
  if (empty) return "It appears here as you write.";
  return family ? "A sketch in your font." : "A sketch in a stand-in font.";
}

/** Loads a font file for the sketch; its family, or null while it loads or when the browser can't read it. */
function useFontFile(file: File | null): string | null {
  const [family, setFamily] = useState<string | null>(null);
  useEffect(() => {
    setFamily(null);
    if (!file) return;
    let face: FontFace | null = null;
    let current = true;
    const load = async () => {
      face = await new FontFace("kiln-upload", await file.arrayBuffer()).load();
      if (!current) return;
      document.fonts.add(face);
      setFamily("kiln-upload");
    };
    // A font only the runner can read is sketched with a stand-in.
    load().catch(() => undefined);
    return () => {
      current = false;
      if (face) document.fonts.delete(face);
    };
  }, [file]);
  return family;
}
