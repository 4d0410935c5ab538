/** Parts of a page, of which one is shown; which one stands in the address. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { keepInSight } from '../keep-in-sight';
import { setQuery } from '../router';

export interface Tab {
  readonly id: string;
  readonly name: string;
  readonly content: () => ComponentChildren;
}

export function Tabs({
  tabs,
  query,
  name = 'tab',
}: {
  readonly tabs: readonly Tab[];
  readonly query: URLSearchParams;
  readonly name?: string;
}) {
  const [first] = tabs;
  const active = tabs.find((tab) => tab.id === query.get(name)) ?? first;
  useEffect(
    () => keepInSight(document.getElementById(`tab-${name}-${active?.id ?? ''}`)),
    [active?.id, name],
  );
  if (first === undefined || active === undefined) return null;
  const choose = (tab: Tab) => setQuery({ [name]: tab === first ? null : tab.id });
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const next = tabs[(tabs.indexOf(active) + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
    document.getElementById(`tab-${name}-${next.id}`)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" onKeyDown={onKeyDown}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            id={`tab-${name}-${tab.id}`}
            type="button"
            role="tab"
            aria-selected={tab === active}
            aria-controls={`panel-${name}`}
            tabIndex={tab === active ? 0 : -1}
            onClick={() => choose(tab)}
          >
            {tab.name}
          </button>
        ))}
      </div>
      <div id={`panel-${name}`} role="tabpanel" aria-labelledby={`tab-${name}-${active.id}`} class="panel">
        {active.content()}
      </div>
    </>
  );
}
