/** The log of a run or of one of its tasks: it follows while the run goes on, and can be searched. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LogView } from '../../views/runs';
import { pathOf } from '../api';
import { clock, hereAndUtc } from '../format';
import { useOnce, useView } from '../live';
import { Empty, Shown } from './states';

const ASK_AFTER_MS = 300;

export function LogPanel({
  runId,
  task,
  live,
}: {
  readonly runId: string;
  readonly task?: string;
  readonly live: boolean;
}) {
  const [text, setText] = useState('');
  const [contains, setContains] = useState('');
  const [follow, setFollow] = useState(true);
  useEffect(() => {
    const timer = window.setTimeout(() => setContains(text), ASK_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  const path = pathOf(`/runs/${encodeURIComponent(runId)}/logs`, { task, contains });
  const tail = useView<LogView>(live ? path : null);
  const once = useOnce<LogView>(live ? null : path);
  const view = live ? tail : once;
  const end = useRef<HTMLDivElement>(null);
  const count = view.value?.lines.length ?? 0;
  useEffect(() => {
    if (live && follow && end.current !== null) end.current.scrollTop = end.current.scrollHeight;
  }, [count, live, follow]);
  return (
    <div class="log-panel">
      <div class="log-tools">
        <input
          type="search"
          placeholder="Search the log"
          aria-label="Search the log"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        {live && (
          <label class="check">
            <input
              type="checkbox"
              checked={follow}
              onChange={(event) => setFollow(event.currentTarget.checked)}
            />{' '}
            Follow
          </label>
        )}
      </div>
      <Shown view={view}>
        {({ lines, left }) =>
          lines.length === 0 ? (
            <Empty title={contains === '' ? 'Nothing has been logged.' : 'No line matches.'} />
          ) : (
            <div class="log mono" ref={end} tabIndex={0} role="log" aria-label="Log">
              {left > 0 && <p class="hint">{left} earlier lines are left out; search to find them.</p>}
              {lines.map((line, i) => (
                <p key={`${line.time}${i}`} class={`l-${line.level.toLowerCase()}`}>
                  <time dateTime={line.time} title={hereAndUtc(line.time)}>
                    {clock(line.time)}
                  </time>
                  {task === undefined && <span class="log-task">{line.task}</span>}
                  <span class="log-level">{line.level}</span>
                  <span class="log-text">{marked(line.text, contains)}</span>
                </p>
              ))}
            </div>
          )
        }
      </Shown>
    </div>
  );
}

/** What was searched for stands out. */
function marked(text: string, wanted: string) {
  if (wanted === '') return text;
  const at = text.toLowerCase().indexOf(wanted.toLowerCase());
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + wanted.length)}</mark>
      {text.slice(at + wanted.length)}
    </>
  );
}
