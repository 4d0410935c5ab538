/** What is shown while there is nothing to show: loading, empty, failed. */
import { Component, type ComponentChildren } from 'preact';
import type { ApiError } from '../api';
import type { View } from '../live';

export function Loading({ rows = 4 }: { readonly rows?: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}

export function Fault({ error }: { readonly error: Pick<ApiError, 'message' | 'remedy'> }) {
  return (
    <div class="fault" role="alert">
      <p class="fault-text">{error.message}</p>
      {error.remedy !== '' && <p>{error.remedy}</p>}
    </div>
  );
}

/** A view once it is there; what is known stays when it fails later. */
export function Shown<T>({
  view,
  children,
  rows,
}: {
  readonly view: View<T>;
  readonly children: (value: T) => ComponentChildren;
  readonly rows?: number;
}) {
  if (view.error !== undefined) return <Fault error={view.error} />;
  if (view.value === undefined) return <Loading {...(rows === undefined ? {} : { rows })} />;
  return <>{children(view.value)}</>;
}

/** A fault of one page leaves the frame and the way to others. */
export class Boundary extends Component<
  { readonly children: ComponentChildren },
  { readonly fault?: string }
> {
  override state: { readonly fault?: string } = {};

  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ fault: error instanceof Error ? error.message : String(error) });
  }

  override render() {
    const { fault } = this.state;
    if (fault === undefined) return this.props.children;
    return <Fault error={{ message: `This page cannot be shown: ${fault}`, remedy: 'Load it again.' }} />;
  }
}
