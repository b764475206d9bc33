/** A message about something that went wrong or should be known, with what can be done about it. */
import type { ReactNode } from "react";
import { Icon } from "./icon.tsx";

interface NoticeProps {
  readonly tone: "error" | "info";
  readonly title: string;
  /** There is nothing else on the page: the title is its heading. */
  readonly alone?: boolean;
  readonly children?: ReactNode;
  /** Buttons or links. */
  readonly actions?: ReactNode;
}

export function Notice({ tone, title, alone = false, children, actions }: NoticeProps) {
  const Title = alone ? "h1" : "p";
  return (
    <div className={`notice notice-${tone}`} role={tone === "error" ? "alert" : "status"}>
      <Icon name={tone === "error" ? "alert" : "clock"} />
      <div>
        <Title className="notice-title">{title}</Title>
        {children ? <div className="notice-text">{children}</div> : null}
        {actions ? <div className="notice-actions">{actions}</div> : null}
      </div>
    </div>
  );
}
