import type { MappingState } from './tick.js';

/** Asks Lambda for an event source mapping. The SDK's client is in the runtime, and is loaded when it is needed. */
export async function readMapping(UUID: string): Promise<MappingState> {
  const { GetEventSourceMappingCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
  const client = new LambdaClient({ maxAttempts: 3 });
  try {
    const { State = 'unknown', EventSourceArn = '' } = await client.send(new GetEventSourceMappingCommand({ UUID }));
    return { state: State, streamArn: EventSourceArn };
  } finally {
    client.destroy();
  }
}
