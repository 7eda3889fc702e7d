import { crc32 } from 'node:zlib';
import { messageOf } from '../errors.js';
import type { BodyFormat } from './raw-json.js';
import type { HttpResponse } from './route.js';

/**
 * The output in an answer that is none of an error.
 *
 * An answer that does not fit its checksum, or is cut off, is no answer: like a connection that broke, it may be asked
 * for again, and what a write did is not known.
 */
export async function readAnswer(
  { headers, body }: HttpResponse,
  decode: BodyFormat['decode'],
): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  const checksum = headers['x-amz-crc32'];
  if (checksum !== undefined && Number(checksum) !== crc32(bytes)) throw damaged('its checksum is another');
  try {
    return decode(bytes);
  } catch (error) {
    throw damaged(messageOf(error));
  }
}

function damaged(why: string): Error {
  return Object.assign(new Error(`the answer was damaged on its way: ${why}`), {
    name: 'DamagedAnswer',
    // As the SDK marks what may be sent again.
    $retryable: { throttling: false },
  });
}
