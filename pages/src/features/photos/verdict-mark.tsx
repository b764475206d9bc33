/** A verdict as a sign: shape and colour, so that neither is needed alone. Decoration: words say the same. */
import { Icon, type IconName } from "../../components/icon.tsx";
import type { Verdict } from "./photo-set.ts";

const ICONS: Readonly<Record<Verdict, IconName>> = { good: "check", warn: "alert", bad: "cross" };

export function VerdictMark({ verdict }: { verdict: Verdict }) {
  return (
    <span className="verdict" data-verdict={verdict}>
      <Icon name={ICONS[verdict]} />
    </span>
  );
}
