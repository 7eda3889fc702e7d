import { Agent, request } from 'node:http';
import type { EndpointSettings, EndpointStats } from './endpoint/endpoint.js';

const agent = new Agent({ keepAlive: true });

/** Tells an endpoint in another process what to be like. */
export async function configure(endpoint: string, settings: EndpointSettings): Promise<void> {
  await send(endpoint, 'Bench.Configure', settings);
}

export async function readStats(endpoint: string): Promise<EndpointStats> {
  return JSON.parse(await send(endpoint, 'Bench.Stats', {}));
}

/** Sends a request as it stands, unsigned; rejects where it is refused. */
export function send(endpoint: string, target: string, input: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-amz-target': target };
    const sent = request(endpoint, { method: 'POST', agent, headers }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      if (response.statusCode === 200) resolve(text);
      else reject(new Error(text));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(input));
  });
}
