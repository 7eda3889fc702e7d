declare module 'lambda-local' {
  export function setLogger(logger: unknown): void;
  export function execute(options: Readonly<Record<string, unknown>>): Promise<unknown>;
}
