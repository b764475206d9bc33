/** The inside of a panel: contents that scroll where the panel has a fixed height, and a foot that stays in sight. */
import type { ReactNode } from "react";

export function PanelBody({ foot, children }: { foot?: ReactNode; children: ReactNode }) {
  return (
    <>
      <div className="panel-body">{children}</div>
      {foot ? <div className="panel-foot">{foot}</div> : null}
    </>
  );
}
