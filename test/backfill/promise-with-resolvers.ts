/** aws-local-stepfunctions uses what Node has from 22 on. */
const known = Promise as typeof Promise & { withResolvers?: unknown };
known.withResolvers ??= function withResolvers() {
  let resolve: unknown;
  let reject: unknown;
  const promise = new Promise((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
};
