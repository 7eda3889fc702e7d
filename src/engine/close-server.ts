import type { Server } from 'node:http';

/** Closes a server after its open requests. Connections that are kept alive without one do not hold it up. */
export async function closeServer(server: Server): Promise<void> {
  // Node closes idle connections once, at the start; one that becomes idle later would stay for its keep-alive time.
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  try {
    await new Promise<void>((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
    });
  } finally {
    clearInterval(sweep);
  }
}
