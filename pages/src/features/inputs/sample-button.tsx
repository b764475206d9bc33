/** Lets a visitor without a file at hand try with one of the site's. */
import { useState } from "react";
import type { Kind } from "../../kinds.ts";

export function SampleButton({ kind, onFile }: { kind: Kind; onFile: (file: File) => void }) {
  const [failed, setFailed] = useState(false);
  const { sample } = kind;
  if (!sample) return null;
  const take = async () => {
    setFailed(false);
    const response = await fetch(sample.file).catch(() => null);
    if (!response?.ok) return setFailed(true);
    const name = sample.file.split("/").at(-1) as string;
    onFile(new File([await response.blob()], name, { type: response.headers.get("Content-Type") ?? "" }));
  };
  return (
    <button type="button" className="sample" onClick={take}>
      <img src={sample.still ?? sample.file} alt="" width="28" height="28" />
      {failed ? "The sample did not load" : "Try with a sample"}
    </button>
  );
}
