import { Agent, request } from 'node:http';
import type { EndpointSettings, EndpointStats } from './endpoint/endpoint.js';

const agent = new Agent({ keepAlive: true });

/** Tells an endpoint in another process what to be like. */
export async function configure(endpoint: string, settings: EndpointSettings): Promise<void> {
  await ask(endpoint, 'Configure', settings);
}

export async function readStats(endpoint: string): Promise<EndpointStats> {
  return JSON.parse(await ask(endpoint, 'Stats', {}));
}

function ask(endpoint: string, operation: string, input: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-amz-target': `Bench.${operation}` };
    const sent = request(endpoint, { method: 'POST', agent, headers }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve(text);
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(input));
  });
}
