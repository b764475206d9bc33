/** The stage of an animation: it plays on a checkerboard, in each of its formats. */
import { type CSSProperties, useEffect, useRef, useState } from "react";
import { useArtifacts } from "../../api/artifacts.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { Icon } from "../../components/icon.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { formatBytes, formatDuration } from "../../formatting.ts";
import { GroundPicker } from "../compare/ground-picker.tsx";
import { useSize } from "../compare/use-size.ts";
import { fitInto, type Size } from "../compare/zoom.ts";
import { type AnimationFile, animationFiles } from "./picture-report.ts";
import type { ShownJob } from "./shown-job.ts";

const wantsStillness = (): boolean => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

export function AnimationStage({ job, title }: { job: ShownJob; title: string }) {
  const files = job.manifest ? animationFiles(job.manifest) : [];
  const [name, setName] = useState(files[0]?.name ?? "");
  const [playing, setPlaying] = useState(() => !wantsStillness());
  const [ground, setGround] = useState<string | null>(null);
  // Raised to begin again from the first frame.
  const [round, setRound] = useState(0);
  const file = files.find((one) => one.name === name);
  const { blob, failure } = useArtifact(playing && file ? file.name : null);
  const frame = useRef<HTMLDivElement>(null);
  const size = playerSize(file, useSize(frame));
  const poster = useArtifacts().url("preview.webp");
  return (
    <div className="stage stage-viewer">
      <div className="viewer">
        <div
          ref={frame}
          className="player"
          data-plain={ground !== null || undefined}
          style={{ "--ground-color": ground ?? undefined } as CSSProperties}
        >
          {playing && file && blob && !failure ? (
            <Playing key={`${file.name} ${round}`} blob={blob} file={file} title={title} size={size} />
          ) : (
            <img src={poster} alt={`The first frame of ${title}`} style={size} />
          )}
          {failure ? <p className="stage-problem">{failure.message}</p> : null}
        </div>
        <div className="player-facts">
          <p>{file ? factsOf(file).join(" · ") : ""}</p>
          <GroundPicker value={ground} onChange={setGround} />
        </div>
        <div className="viewer-bar">
          {files.length > 1 ? (
            <>
              <span className="visually-hidden" id="player-format">
                Format
              </span>
              <Segmented
                choices={files.map((one) => ({ value: one.name, label: one.format }))}
                value={name}
                onChange={setName}
                labelledBy="player-format"
              />
            </>
          ) : null}
          <span className="bar-gap" />
          <button
            type="button"
            className="button-icon"
            aria-label={playing ? "Stop" : "Play"}
            title={playing ? "Stop" : "Play"}
            onClick={() => setPlaying(!playing)}
          >
            <Icon name={playing ? "stop" : "play"} />
          </button>
          <button
            type="button"
            className="button-icon"
            aria-label="From the beginning"
            title="From the beginning"
            onClick={() => {
              setPlaying(true);
              setRound((n) => n + 1);
            }}
          >
            <Icon name="reset" />
          </button>
        </div>
      </div>
    </div>
  );
}

const MARGIN_PX = 16;
/** Few pixels are shown larger than they are, but not so large that nothing but blur is left. */
const MAX_SCALE = 2;

/** How large the animation is shown in a frame of this size. */
function playerSize(file: AnimationFile | undefined, frame: Size): Size {
  const room = {
    width: Math.max(0, frame.width - 2 * MARGIN_PX),
    height: Math.max(0, frame.height - 2 * MARGIN_PX),
  };
  // Without a known size it fills the frame, in its own shape (object-fit).
  if (!file?.width || !file.height) return room;
  const full = fitInto(file, room);
  const scale = Math.min(1, (MAX_SCALE * file.width) / Math.max(1, full.width));
  return { width: full.width * scale, height: full.height * scale };
}

/** The animation from its first frame: a URL of its own, because pictures of one URL share one clock. */
function Playing({ blob, file, title, size }: { blob: Blob; file: AnimationFile; title: string; size: Size }) {
  const [url, setUrl] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  if (broken) return <p className="quiet">This browser can't play {file.format}. The download is fine.</p>;
  if (!url) return null;
  const alt = `The animation of ${title}`;
  return file.video ? (
    <video src={url} aria-label={alt} style={size} autoPlay loop muted playsInline onError={() => setBroken(true)} />
  ) : (
    <img src={url} alt={alt} style={size} onError={() => setBroken(true)} />
  );
}

/** One file of the job, read once; null while it is on its way or when none is wanted. */
function useArtifact(name: string | null): { blob: Blob | null; failure: Failure | null } {
  const { read: readFile } = useArtifacts();
  const known = useRef(new Map<string, Blob>());
  const [, drawAgain] = useState(0);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    setFailure(null);
    if (name === null || known.current.has(name)) return;
    const stop = new AbortController();
    const read = async () => {
      const response = await readFile(name, stop.signal);
      known.current.set(name, await response.blob());
      drawAgain((n) => n + 1);
    };
    read().catch((error) => {
      if (!stop.signal.aborted) setFailure(toFailure(error));
    });
    return () => stop.abort();
  }, [readFile, name]);
  return { blob: name === null ? null : (known.current.get(name) ?? null), failure };
}

function factsOf({ bytes, frames, durationS, quality }: AnimationFile): string[] {
  return [
    formatBytes(bytes),
    ...(frames === null ? [] : [`${frames} frame${frames === 1 ? "" : "s"}`]),
    ...(durationS === null ? [] : [formatDuration(durationS)]),
    ...(quality === null ? [] : [`quality ${Math.round(quality)}`]),
  ];
}
