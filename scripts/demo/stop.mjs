/** Thrown where something was waited for when the demo was stopped. */
export class Stopped extends Error {}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** A signal that the first Ctrl-C fires: processes and folders are cleaned up. A second one changes nothing. */
export function stopSignal() {
  const controller = new AbortController();
  let exitCode = 130;
  for (const [name, code] of Object.entries(exitCodes)) {
    process.on(name, () => {
      if (!controller.signal.aborted) exitCode = code;
      controller.abort(new Stopped(name));
    });
  }
  return { signal: controller.signal, exitCode: () => exitCode };
}
