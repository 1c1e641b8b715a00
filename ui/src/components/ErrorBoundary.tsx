import { Component, type ReactNode } from "react";

import { t } from "#ui/messages/t";

import { Button } from "./Button";
import { Empty } from "./State";

interface ErrorBoundaryProps {
  /** What is being shown: another one is tried anew. */
  of: string;
  children: ReactNode;
}

/** Keeps a defect within its pane, so that the rest of the window goes on. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidUpdate(before: ErrorBoundaryProps): void {
    if (this.state.failed && before.of !== this.props.of) this.setState({ failed: false });
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Empty title={t("boundary.title")} hint={t("boundary.hint")}>
        <Button onClick={() => this.setState({ failed: false })}>{t("error.again")}</Button>
      </Empty>
    );
  }
}
