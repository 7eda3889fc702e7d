export { assertConvergesUnder, type ConvergeOptions } from './assert-converges.js';
export { assertIdempotent } from './assert-idempotent.js';
export { assertMigrates } from './assert-migrates.js';
export { assertResumesAfterAnyCrash, type ResumeOptions } from './assert-resumes.js';
export { assertRoundTrips } from './assert-round-trip.js';
export { type Fault, type FaultCounts, type FaultOptions, type Kill, killAfter, withFaults } from './faults.js';
export { type Intercept, type InterceptedAnswer, type InterceptedRequest, serviceError } from './intercept.js';
export { type InterceptedEndpoint, interceptEndpoint } from './intercept-endpoint.js';
export { interceptHandler, type RequestHandler } from './intercept-handler.js';
export type { TestItem, TestItems } from './items.js';
export { type MatcherResult, type MigrationMatchers, matchers } from './matchers.js';
export {
  type MigrationUnderTest,
  type OpenMigrationOptions,
  openMigration,
  type RunOptions,
} from './open-migration.js';
export type { Writer, WriterTable } from './writers.js';
