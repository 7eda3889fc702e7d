import type { CheckReport } from '../commands/report.js';
import { formatCount } from './format.js';
import type { Terminal } from './terminal.js';

/** What `check` found, file by file, and how many of it there are. */
export function findingsView(
  { findings, errors, warnings, migrations, compiler, written }: CheckReport,
  terminal: Terminal,
): string {
  const { style, typed } = terminal;
  const lines: string[] = [];
  let file: string | null | undefined;
  for (const one of findings) {
    if (one.file !== file) {
      file = one.file;
      lines.push('', style('bold', file ?? 'the migrations'));
    }
    const place = one.line === null ? '' : `${one.line}:${one.column}`;
    const severity = one.severity === 'error' ? style('red', 'error  ') : style('yellow', 'warning');
    const [message = '', ...more] = one.message.split('\n');
    lines.push(`  ${style('dim', place.padStart(6))}  ${severity}  ${style('cyan', one.code)}: ${message}`);
    lines.push(...more.map((text) => `${' '.repeat(19)}${text.trim()}`));
    if (one.fix !== null) lines.push(`${' '.repeat(19)}${style('dim', 'way out:')} ${typed(one.fix)}`);
  }
  const looked = `${count(migrations.length, 'migration')}${compiler === null ? '' : `, types by ${compiler}`}`;
  if (written) lines.push(`${lines.length > 0 ? '\n' : ''}${style('green', 'wrote')} the order file: commit it`);
  if (findings.length === 0)
    return [...lines, `${style('green', '✔')} nothing found in ${looked}`].join('\n').trimStart();
  const mark = errors > 0 ? style('red', '✖') : style('yellow', '!');
  return [...lines, '', `${mark} ${count(errors, 'error')}, ${count(warnings, 'warning')} in ${looked}`]
    .join('\n')
    .trimStart();
}

function count(number: number, what: string): string {
  return `${formatCount(number)} ${what}${number === 1 ? '' : 's'}`;
}
