import { describe, expect, it } from 'vitest';
import { ciRunUrl, currentActor } from '../../src/ledger/actor.js';

describe('actor', () => {
  it.each([
    [
      {
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_REPOSITORY: 'a/b',
        GITHUB_RUN_ID: '7',
        GITHUB_RUN_ATTEMPT: '2',
      },
      'https://github.com/a/b/actions/runs/7/attempts/2',
    ],
    [{ CI_JOB_URL: 'https://gitlab/j/1', CI_PIPELINE_URL: 'https://gitlab/p/1' }, 'https://gitlab/j/1'],
    [{ BUILDKITE_BUILD_URL: 'https://bk/1' }, 'https://bk/1'],
    [{ CIRCLE_BUILD_URL: 'https://circle/1' }, 'https://circle/1'],
    [{ BUILD_URL: 'https://jenkins/1' }, 'https://jenkins/1'],
    [
      { SYSTEM_COLLECTIONURI: 'https://dev.azure.com/o/', SYSTEM_TEAMPROJECT: 'my app', BUILD_BUILDID: '9' },
      'https://dev.azure.com/o/my%20app/_build/results?buildId=9',
    ],
    [{ GITHUB_RUN_ID: '7' }, undefined],
    [{ BUILD_URL: '' }, undefined],
  ])('finds the run of %o', (env, url) => {
    expect(ciRunUrl(env)).toBe(url);
  });

  it('names the machine, the process and whoever started the run', () => {
    const actor = currentActor({ USER: 'runner', GITHUB_ACTOR: 'ada' });
    expect(actor).toEqual({ host: expect.any(String), pid: process.pid, user: 'ada' });
    expect(currentActor({ USER: 'ada' }).user).toBe('ada');
    expect(currentActor({}).user).not.toBe('');
  });
});
