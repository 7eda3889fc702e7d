import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/**
 * Agents that call `check` when a new connection stands, and only then give it to its request; what `check` throws is
 * what the request fails with, and nothing of it was sent.
 *
 * A request is checked before it is given to an agent, but it may wait there for its connection. A process that stands
 * still meanwhile (SIGSTOP, a machine that sleeps) finds the connection made when it wakes up, and would send the
 * request before any timer of it fires: long after its lease.
 */
export function checkedAgents(check: () => void): { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent } {
  // No limit of sockets: a request would wait for a free one, unchecked.
  const options = { keepAlive: true };
  return {
    httpAgent: checked(new HttpAgent(options), 'connect', check),
    httpsAgent: checked(new HttpsAgent(options), 'secureConnect', check),
  };
}

function checked<A extends HttpAgent>(agent: A, standing: 'connect' | 'secureConnect', check: () => void): A {
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = create(options);
    if (!socket) return socket;
    const fail = (error: Error) => callback?.(error, socket);
    socket.once('error', fail);
    socket.once(standing, () => {
      socket.off('error', fail);
      try {
        check();
      } catch (error) {
        socket.destroy();
        callback?.(error as Error, socket);
        return;
      }
      callback?.(null, socket);
    });
    return undefined;
  };
  return agent;
}
