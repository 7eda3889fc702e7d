import { styleText } from 'node:util';

/** What the demo itself says, in 100 columns. */
export function createScreen() {
  const { stdout, env } = process;
  const colored = (stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb') || Boolean(env.FORCE_COLOR);
  const style = (how, text) => (colored ? styleText(how, text) : text);
  const print = (text) => void stdout.write(`${text}\n`);
  let stages = 0;
  let checks = 0;
  return {
    checks: () => checks,
    say: (text) => print(style('dim', wrap(`· ${text}`))),
    stage(title, why) {
      stages += 1;
      const head = `── ${stages}. ${title} `;
      print(`\n${style('bold', head.padEnd(98, '─'))}\n${wrap(why)}`);
    },
    command: (line) => print(`\n${style('bold', `$ ${line}`)}`),
    beside: (who, lines) => {
      for (const line of lines) print(`${style('cyan', `${who} |`)} ${line}`);
    },
    /** Ends the demo if it does not hold. */
    check(holds, text) {
      checks += 1;
      print(holds ? style('green', `✔ ${text}`) : style('red', `✖ ${text}`));
      if (!holds) throw new Error(`this does not hold: ${text}`);
    },
    failed: (error) => print(style('red', `\nThe demo failed: ${error instanceof Error ? error.message : error}`)),
    end: (text) => print(`\n${style('bold', text)}`),
  };
}

function wrap(text, width = 98) {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    if (`${lines.at(-1)} ${word}`.length > width) lines.push(word);
    else lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines.join('\n');
}
