/** Many inputs: small pictures in order, each of which can be taken out and, where the order matters, moved. */
import { type DragEvent, type KeyboardEvent, memo, useEffect, useRef, useState } from "react";
import { Icon } from "../../components/icon.tsx";
import { type DraftInput, moveInput } from "../compose/draft.ts";
import { iconOf } from "./input-view.tsx";
import { thumbnailOf } from "./thumbnail.ts";

interface InputListProps {
  readonly inputs: readonly DraftInput[];
  /** Whether the order means anything, e.g. frames of an animation. */
  readonly ordered: boolean;
  readonly onInputs: (inputs: readonly DraftInput[]) => void;
}

/** Marks a drag as one of this list, so that it is not taken for files from outside. */
const MOVED = "application/x-kiln-input";

export function InputList({ inputs, ordered, onInputs }: InputListProps) {
  // Where the one that is dragged would land.
  const [target, setTarget] = useState<number | null>(null);
  const [said, setSaid] = useState("");
  const latest = useRef({ inputs, onInputs });
  latest.current = { inputs, onInputs };
  // The same functions for ever: a tile is drawn again only when it itself has changed.
  const acts = useRef<TileActs>({
    remove: (key) => latest.current.onInputs(latest.current.inputs.filter((input) => input.key !== key)),
    move: (from, to) => {
      const { inputs: now, onInputs: tell } = latest.current;
      const place = Math.min(Math.max(to, 0), now.length - 1);
      tell(moveInput(now, from, place));
      setSaid(`${now[from]?.filename} is now number ${place + 1} of ${now.length}`);
    },
    over: setTarget,
  }).current;
  return (
    <>
      <ul className="tiles" aria-label="Chosen files">
        {inputs.map((input, i) => (
          <Tile
            key={input.key}
            input={input}
            index={i}
            count={inputs.length}
            ordered={ordered}
            marked={target === i}
            acts={acts}
          />
        ))}
      </ul>
      <p className="visually-hidden" role="status">
        {said}
      </p>
    </>
  );
}

interface TileActs {
  readonly remove: (key: string) => void;
  readonly move: (from: number, to: number) => void;
  readonly over: (index: number | null) => void;
}
interface TileProps {
  readonly input: DraftInput;
  readonly index: number;
  readonly count: number;
  readonly ordered: boolean;
  /** What is dragged would land here. */
  readonly marked: boolean;
  readonly acts: TileActs;
}

const Tile = memo(function Tile({ input, index, count, ordered, marked, acts }: TileProps) {
  const dragged = (event: DragEvent) => event.dataTransfer.types.includes(MOVED);
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -count, End: count }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    acts.move(index, index + step);
  };
  const moving = {
    draggable: true,
    onDragStart: (event: DragEvent) => {
      event.dataTransfer.setData(MOVED, String(index));
      event.dataTransfer.effectAllowed = "move";
    },
    onDragOver: (event: DragEvent) => {
      if (!dragged(event)) return;
      event.preventDefault();
      acts.over(index);
    },
    onDragEnd: () => acts.over(null),
    onDrop: (event: DragEvent) => {
      if (!dragged(event)) return;
      event.preventDefault();
      acts.over(null);
      acts.move(Number(event.dataTransfer.getData(MOVED)), index);
    },
  };
  return (
    <li className="tile" data-marked={marked || undefined} title={input.filename} {...(ordered ? moving : {})}>
      <TilePicture input={input} />
      {ordered ? (
        <button
          type="button"
          className="tile-number"
          aria-label={`${input.filename}, number ${index + 1} of ${count}: move it with the arrow keys`}
          onKeyDown={keys}
        >
          {index + 1}
        </button>
      ) : null}
      <button
        type="button"
        className="tile-remove"
        aria-label={`Take out ${input.filename}`}
        onClick={() => acts.remove(input.key)}
      >
        <Icon name="cross" />
      </button>
    </li>
  );
});

/** A small picture of an input, made when its place comes near the window. */
export function TilePicture({ input }: { input: DraftInput }) {
  const box = useRef<HTMLSpanElement>(null);
  const [url, setUrl] = useState<string | null>(input.file ? null : input.picture);
  const [tried, setTried] = useState(input.file === null);
  useEffect(() => {
    const { file } = input;
    const element = box.current;
    if (!file || !element) return;
    let current = true;
    const watcher = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watcher.disconnect();
        void thumbnailOf(file).then((made) => {
          if (!current) return;
          setUrl(made);
          setTried(true);
        });
      },
      { rootMargin: "200px" },
    );
    watcher.observe(element);
    return () => {
      current = false;
      watcher.disconnect();
    };
  }, [input]);
  return (
    <span className="tile-picture" ref={box}>
      {url ? <img src={url} alt="" draggable={false} loading="lazy" onError={() => setUrl(null)} /> : null}
      {tried && !url ? (
        <span className="tile-file">
          <Icon name={iconOf(input.type)} />
          <span>{input.filename}</span>
        </span>
      ) : null}
    </span>
  );
}
