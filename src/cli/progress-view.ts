import { createRequire } from 'node:module';
import type { SingleBar } from 'cli-progress';
import type { StreamEvent } from '../dynamodb/streams/stream-events.js';
import { formatKey } from '../item/key.js';
import type { MigrationKind, Totals } from '../ledger/rows.js';
import type { EventListener, MigrateEvent, Progress } from '../migrator/events.js';
import { formatCount, formatDuration } from './format.js';
import { paceText } from './pace-text.js';
import type { Terminal } from './terminal.js';

/** Shows what happens while a command runs, on stderr. */
export interface ProgressView {
  readonly onEvent: EventListener;
  /** A line of its own, also while a bar is drawn. */
  readonly note: (text: string) => void;
  readonly close: () => void;
}

const require = createRequire(import.meta.url);
const lineEveryMs = 30_000;
/** Columns of a terminal that has room for a long bar beside its text. */
const wide = 100;

/** A bar that is redrawn on a terminal; elsewhere, in the log of a CI run, a line every 30 s. */
export function createProgressView(terminal: Terminal, { quiet }: { quiet: boolean }): ProgressView {
  const { err, style, interactive } = terminal;
  let bar: SingleBar | undefined;
  let phase: { readonly key: string; readonly at: number; readonly scanned: number } | undefined;
  let lastLineAt = 0;
  let saidWaiting = 0;
  let last: { readonly id: string; readonly progress: Progress } | undefined;
  /** Why it goes no faster, and what was said of it last. */
  let slow: string | undefined;
  let saidSlowAt = Number.NEGATIVE_INFINITY;

  // A command that was killed as it drew its bar left the cursor hidden, and lines cut off at the edge.
  if (interactive) terminal.stderr.write('\u001b[?25h\u001b[?7h');

  const hide = () => {
    bar?.stop();
    bar = undefined;
  };
  const note = (text: string) => {
    hide();
    err(text);
  };

  const showPace = ({ id, pace, control }: Extract<MigrateEvent, { type: 'pace' }>) => {
    const before = slow;
    slow = paceText(pace, control.paused);
    if (last?.id === id && bar) draw(id, last.progress);
    // A pause is a note of its own.
    else if (!interactive && slow !== undefined && before === undefined && pace.slowedBy !== 'paused') {
      if (performance.now() - saidSlowAt < lineEveryMs) return;
      saidSlowAt = performance.now();
      err(`${id}: ${slow}`);
    }
  };

  const draw = (id: string, progress: Progress) => {
    last = { id, progress };
    const key = `${id} ${progress.phase}`;
    // A resumed run does not begin at 0: its rate is that of what it did itself.
    if (phase?.key !== key) phase = { key, at: performance.now(), scanned: progress.scanned };
    const seconds = (performance.now() - phase.at) / 1_000;
    const rate = seconds > 0 ? (progress.scanned - phase.scanned) / seconds : 0;
    // A terminal cuts the line at its edge, so what somebody may want to act on comes first.
    const why = slow === undefined ? [] : [style('yellow', slow)];
    const text = [progress.phase, ...why, ...progressTexts(progress, rate)].join(' · ');
    if (!interactive) {
      if (performance.now() - lastLineAt < lineEveryMs) return;
      lastLineAt = performance.now();
      err(`${id}: ${text}`);
      return;
    }
    if (!bar) {
      const progress = require('cli-progress') as typeof import('cli-progress');
      bar = new progress.SingleBar({
        format: `  ${style('cyan', '{bar}')} {text}`,
        stream: terminal.stderr,
        barsize: (terminal.stderr.columns ?? wide) < wide ? 10 : 24,
        barCompleteChar: '█',
        barIncompleteChar: '░',
        hideCursor: true,
        clearOnComplete: true,
        fps: 10,
      });
      bar.start(1_000, 0, { text });
    }
    bar.update(Math.floor(fraction(progress) * 1_000), { text });
  };

  let syncLineAt = Number.NEGATIVE_INFINITY;
  let handled = 0;
  /** Now and then a line, while somebody watches a sync that runs for days. */
  const showSync = (id: string, event: StreamEvent) => {
    if (event.type === 'handled') handled += event.records;
    if (event.type === 'retry')
      note(style('dim', `  live sync of ${id}: ${event.what} failed, trying again: ${event.error}`));
    if (bar || performance.now() - syncLineAt < lineEveryMs || (event.type !== 'handled' && event.type !== 'caught-up'))
      return;
    syncLineAt = performance.now();
    const upTo = event.type === 'caught-up' ? ', caught up' : '';
    note(style('dim', `  live sync of ${id}: ${formatCount(handled)} records${upTo}`));
  };

  const show = (event: MigrateEvent) => {
    switch (event.type) {
      case 'started':
        lastLineAt = performance.now();
        return note(
          `${style('bold', event.id)} ${event.direction}${event.resumed ? ', going on where it stopped' : ''}: ${event.description}`,
        );
      case 'progress':
        return draw(event.id, event.progress);
      case 'pace':
        return showPace(event);
      case 'step':
        if (event.state === 'started') return undefined;
        return note(
          `  ${event.state === 'done' ? style('green', '✔') : style('dim', '–')} ${event.name}${event.state === 'skipped' ? ' (done before)' : ''}`,
        );
      case 'log':
        return note(`  ${style('dim', event.message)}`);
      case 'phase':
        return event.phase === 'ready' || event.phase === 'reverse'
          ? undefined
          : note(`  ${style('cyan', '›')} ${event.phase}`);
      case 'sync':
        return showSync(event.id, event.event);
      case 'collision':
        return note(
          `  ${style('red', 'KEY_COLLISION')} ${formatKey(event.key)} is claimed by ${event.claimants.map(formatKey).join(' and ')}`,
        );
      case 'finished':
        last = undefined;
        slow = undefined;
        return note(`  ${style('green', '✔')} ${finishedText(event)} in ${formatDuration(event.elapsedMs / 1_000)}`);
      case 'dry-run':
        return note(
          [`${style('bold', event.id)} ${event.direction}, dry run:`, ...event.lines.map((line) => `  ${line}`)].join(
            '\n',
          ),
        );
      case 'waiting': {
        if (saidWaiting > 0 && event.waitedMs - saidWaiting < 10_000) return undefined;
        saidWaiting = event.waitedMs + 1;
        const { user, host, pid, command, acquiredAt, ciUrl } = event.holder;
        return note(
          `waiting for the lock: ${user}@${host} (pid ${pid}) runs \`${command}\` since ${acquiredAt}${ciUrl === undefined ? '' : `, ${ciUrl}`}`,
        );
      }
      case 'engine-waiting':
      case 'note':
        return note(event.message);
      case 'target':
        return note(style('dim', event.text));
      case 'counted':
        if (interactive) terminal.stderr.write(`\r${event.table}: ${formatCount(event.items)} items`);
        return undefined;
      case 'warning':
        // Part of the report, which is printed at the end.
        return undefined;
    }
  };

  return {
    onEvent: (event) => {
      if (!quiet) show(event);
    },
    note: (text) => {
      if (!quiet) note(text);
    },
    close() {
      hide();
      if (interactive) terminal.stderr.write('\r\u001b[K');
    },
  };
}

/** Of the phase: by items where their number is known, else by segments that are done. */
function fraction({ scanned, expected, segments }: Progress): number {
  if (segments.done === segments.total) return 1;
  if (expected !== undefined && expected > 0) return Math.min(0.99, scanned / expected);
  return segments.done / segments.total;
}

function progressTexts(progress: Progress, rate: number): string[] {
  const { phase, scanned, expected, segments, totals } = progress;
  const left = expected === undefined || rate === 0 ? undefined : Math.max(0, expected - scanned) / rate;
  return [
    expected === undefined
      ? `${segments.done} of ${segments.total} segments`
      : `${Math.floor(fraction(progress) * 100)} %`,
    `${formatCount(scanned)}${expected === undefined ? '' : `/${formatCount(expected)}`} items`,
    `${formatCount(Math.round(rate))}/s`,
    ...(left === undefined ? [] : [`${formatDuration(left)} left`]),
    ...(phase === 'verify' && totals.changed === 0
      ? []
      : [`${formatCount(totals.changed)} ${phase === 'backfill' ? 'copied' : 'changed'}`]),
    ...unitsTexts(totals),
    ...(totals.errors > 0 ? [`${formatCount(totals.errors)} errors`] : []),
  ];
}

function finishedText({ totals, kind }: { totals: Totals | undefined; kind: MigrationKind }): string {
  if (!totals) return 'done';
  const errors = totals.errors > 0 ? `, ${formatCount(totals.errors)} in quarantine` : '';
  const items = `${formatCount(totals.changed)} of ${formatCount(totals.scanned)} items ${kind === 'move' ? 'copied' : 'changed'}${errors}`;
  return [items, ...unitsTexts(totals)].join(' · ');
}

function unitsTexts({ changed, readUnits, writeUnits }: Totals): string[] {
  // DynamoDB Local does not tell what statements take: that is not known then, and not nothing.
  const isTold = writeUnits > 0 || changed === 0;
  return [
    `${formatCount(Math.round(readUnits))} RCU`,
    ...(isTold ? [`${formatCount(Math.round(writeUnits))} WCU`] : []),
  ];
}
