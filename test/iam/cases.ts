import { cases } from '../../src/iam/function-grants.js';
import type { GrantedPhase } from '../../src/iam/move-grants.js';

/** Phases that one command goes through, or a process. */
export const partsOf = {
  up: ['prepare', 'sync', 'backfill', 'verify'],
  verify: ['verify'],
  live: ['live'],
  cutover: ['cutover'],
  reverse: ['reverse'],
  complete: ['complete'],
  undo: ['undo'],
  back: ['undo', 'back'],
} as const satisfies Readonly<Record<string, readonly GrantedPhase[]>>;
export type Part = keyof typeof partsOf;

const { done, gone, contested } = cases;
const changed = 'items changed meanwhile';
const mended = '--repair, or what differs is on record';
const wayBack = 'there is a way back';
const letAll = 'it is given up, or nobody can be let in alone';
const denied = 'writes to it are denied';
const alone = 'it is the command `verify`';
const deniedToo = 'writes to it are denied, and it has a policy of others';

/**
 * Which cases of the table come about in each scenario: there, the actions of these are called, and those of no other. A
 * test sees to it that every case of every phase comes about somewhere.
 */
export const casesOf = {
  plain: {
    up: ['it is not there', 'the move makes it', done],
    live: [done],
    cutover: [done, letAll, changed, wayBack],
    reverse: [done],
    complete: [done, wayBack],
  },
  rich: {
    up: ['it is not there', 'the move makes it', done, 'the source has tags', 'the source has point-in-time recovery'],
    verify: [done, alone, mended],
    cutover: [letAll, wayBack, 'the source has time to live'],
    complete: [done, wayBack, '--drop-source'],
  },
  given: {
    up: ['it is not there', 'expect: true', done],
    undo: [done, 'the move switched its stream on', denied, 'expect: true'],
  },
  own: {
    undo: [
      done,
      'the move switched its stream on',
      'the move made it',
      'the source had deletion protection, or a cutover was tried',
      deniedToo,
    ],
  },
  back: { back: [done, 'expect: true', denied, 'it stays, or the switch is given up'] },
  keys: {
    up: ['it is not there', 'the move makes it', done, gone],
    live: [done, gone, contested],
    verify: [done, alone, mended, `${mended}, and ${gone}`, gone],
    cutover: [done, changed, `${changed}, and ${gone}`],
    complete: [done],
  },
} as const satisfies Readonly<Record<string, Readonly<Partial<Record<Part, readonly string[]>>>>>;
