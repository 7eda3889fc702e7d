/** Names and codes of what Node says about the way a file is loaded: true, but nothing that its author can act on. */
const silenced = new Set(['ExperimentalWarning', 'MODULE_TYPELESS_PACKAGE_JSON']);

let running = 0;
let original: typeof process.emitWarning | undefined;

/** Runs `load` while Node's warnings about loading modules stay off the terminal. Other warnings pass. */
export async function withoutLoaderWarnings<Result>(load: () => Promise<Result>): Promise<Result> {
  // Loads may overlap: the first to start replaces the function, the last to end puts it back.
  if (running++ === 0) silence();
  try {
    return await load();
  } finally {
    if (--running === 0 && original) process.emitWarning = original;
  }
}

function silence(): void {
  const emit = process.emitWarning;
  original = emit;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    const [first] = rest;
    const given = typeof first === 'object' && first !== null ? Object.values(first) : rest;
    const names = warning instanceof Error ? [warning.name, ...given] : given;
    if (!names.some((name) => typeof name === 'string' && silenced.has(name))) {
      Reflect.apply(emit, process, [warning, ...rest]);
    }
  }) as typeof process.emitWarning;
}
