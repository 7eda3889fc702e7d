import { isMigrateError } from '../../errors.js';
import { isAwsError, isTransient } from '../aws-errors.js';

/** What a failed request of the streams API means for its reader. */
export type StreamFault =
  /** The iterator is older than 15 minutes: a new one from the position. */
  | 'expired'
  /** The records at the position are older than the retention, or the shard does not know it: they are gone. */
  | 'trimmed'
  /** There is no such shard or stream. */
  | 'gone'
  /** The same request may work later. */
  | 'later'
  | 'fatal';

export function streamFaultOf(error: unknown): StreamFault {
  if (isMigrateError(error)) return 'fatal';
  if (isAwsError(error, 'ExpiredIteratorException')) return 'expired';
  if (isAwsError(error, 'TrimmedDataAccessException')) return 'trimmed';
  // A position that the shard never had, or has forgotten, as DynamoDB Local says it now and then. It would be refused
  // for ever; a gap is on record, and `verify --repair` makes up for it.
  if (isAwsError(error, 'ValidationException') && /sequence ?number/i.test(error.message)) return 'trimmed';
  if (isAwsError(error, 'ResourceNotFoundException')) return 'gone';
  if (isAwsError(error, 'LimitExceededException') || isTransient(error)) return 'later';
  return 'fatal';
}
