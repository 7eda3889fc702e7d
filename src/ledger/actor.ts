import { hostname, userInfo } from 'node:os';

/** Who did something, as far as the machine can tell. */
export interface Actor {
  readonly host: string;
  readonly pid: number;
  readonly user: string;
  /** The page of the CI run that this process belongs to. */
  readonly ciUrl?: string | undefined;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** The actor that this process is; `env` is the environment to look for CI variables in. */
export function currentActor(env: Env): Actor {
  const ciUrl = ciRunUrl(env);
  return { host: hostname(), pid: process.pid, user: userName(env), ...(ciUrl === undefined ? {} : { ciUrl }) };
}

/** The URL of the CI run that `env` describes. */
export function ciRunUrl(env: Env): string | undefined {
  return (
    gitHubRunUrl(env) ?? azureRunUrl(env) ?? firstSet(env, RUN_URL_VARIABLES)?.split('\n')[0]?.slice(0, MAX_URL_LENGTH)
  );
}

const MAX_URL_LENGTH = 2_000;

/** GitLab, Buildkite, CircleCI, Travis, Bitrise, AppVeyor, Drone and Woodpecker, TeamCity and Jenkins. */
const RUN_URL_VARIABLES = [
  'CI_JOB_URL',
  'CI_PIPELINE_URL',
  'BUILDKITE_BUILD_URL',
  'CIRCLE_BUILD_URL',
  'TRAVIS_JOB_WEB_URL',
  'BITRISE_BUILD_URL',
  'DRONE_BUILD_LINK',
  'CI_BUILD_LINK',
  'BUILD_URL',
];

/** Whoever started the run, rather than the account that the runner happens to use. */
const CI_USER_VARIABLES = [
  'GITHUB_ACTOR',
  'GITLAB_USER_LOGIN',
  'BUILDKITE_BUILD_CREATOR',
  'CIRCLE_USERNAME',
  'BUILD_REQUESTEDFOR',
  'BUILD_USER_ID',
];

function gitHubRunUrl(env: Env): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
  if (!server || !repository || !run) return undefined;
  const attempt = env.GITHUB_RUN_ATTEMPT;
  return `${server}/${repository}/actions/runs/${run}${attempt ? `/attempts/${attempt}` : ''}`;
}

function azureRunUrl(env: Env): string | undefined {
  const { SYSTEM_COLLECTIONURI: collection, SYSTEM_TEAMPROJECT: project, BUILD_BUILDID: build } = env;
  if (!collection || !project || !build) return undefined;
  return `${collection}${encodeURIComponent(project)}/_build/results?buildId=${build}`;
}

function userName(env: Env): string {
  const known = firstSet(env, CI_USER_VARIABLES) ?? firstSet(env, ['USER', 'LOGNAME', 'USERNAME']);
  if (known !== undefined) return known;
  try {
    return userInfo().username;
  } catch {
    // Containers often run under a uid that has no entry in the password file.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

function firstSet(env: Env, names: readonly string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
}
