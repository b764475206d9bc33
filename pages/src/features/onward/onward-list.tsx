/** "Use this result": a button for each thing that can be made of it. */
import { Icon } from "../../components/icon.tsx";
import { useMayWrite } from "../account/may-write.tsx";
import type { Onward } from "./onward.ts";

interface OnwardListProps {
  readonly ways: readonly Onward[];
  /** The job is not done: what is made of it waits for it. */
  readonly early: boolean;
  readonly onWay: (way: Onward) => void;
}

export function OnwardList({ ways, early, onWay }: OnwardListProps) {
  const mayWrite = useMayWrite();
  if (ways.length === 0 || !mayWrite) return null;
  return (
    <section className="onward" aria-labelledby="onward-title">
      <h2 id="onward-title">{early ? "When it is done" : "Use this result"}</h2>
      <div className="onward-ways">
        {ways.map((way) => (
          <button key={way.type.name} type="button" className="button-quiet" onClick={() => onWay(way)}>
            <Icon name={way.kind.icon} />
            {way.kind.action}
          </button>
        ))}
      </div>
    </section>
  );
}
