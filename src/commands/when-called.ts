// What the library exports of each command: it is loaded when it is called. Migrations import from the package too, and
// need none of what runs them.

export const baseline: typeof import('./baseline.js').baseline = (...args) =>
  import('./baseline.js').then((module) => module.baseline(...args));
export const check: typeof import('./check.js').check = (...args) =>
  import('./check.js').then((module) => module.check(...args));
export const complete: typeof import('./complete.js').complete = (...args) =>
  import('./complete.js').then((module) => module.complete(...args));
export const count: typeof import('./count.js').count = (...args) =>
  import('./count.js').then((module) => module.count(...args));
export const create: typeof import('./create.js').create = (...args) =>
  import('./create.js').then((module) => module.create(...args));
export const cutover: typeof import('./cutover.js').cutover = (...args) =>
  import('./cutover.js').then((module) => module.cutover(...args));
export const down: typeof import('./down.js').down = (...args) =>
  import('./down.js').then((module) => module.down(...args));
export const errors: typeof import('./errors.js').errors = (...args) =>
  import('./errors.js').then((module) => module.errors(...args));
export const iam: typeof import('./iam.js').iam = (...args) => import('./iam.js').then((module) => module.iam(...args));
export const init: typeof import('./init.js').init = (...args) =>
  import('./init.js').then((module) => module.init(...args));
export const pause: typeof import('./pause.js').pause = (...args) =>
  import('./pause.js').then((module) => module.pause(...args));
export const plan: typeof import('./plan.js').plan = (...args) =>
  import('./plan.js').then((module) => module.plan(...args));
export const repair: typeof import('./repair.js').repair = (...args) =>
  import('./repair.js').then((module) => module.repair(...args));
export const resume: typeof import('./resume.js').resume = (...args) =>
  import('./resume.js').then((module) => module.resume(...args));
export const status: typeof import('./status.js').status = (...args) =>
  import('./status.js').then((module) => module.status(...args));
export const syncDeploy: typeof import('./sync-deploy.js').syncDeploy = (...args) =>
  import('./sync-deploy.js').then((module) => module.syncDeploy(...args));
export const syncGenerate: typeof import('./sync-generate.js').syncGenerate = (...args) =>
  import('./sync-generate.js').then((module) => module.syncGenerate(...args));
export const syncRemove: typeof import('./sync-remove.js').syncRemove = (...args) =>
  import('./sync-remove.js').then((module) => module.syncRemove(...args));
export const syncRun: typeof import('./sync-run.js').syncRun = (...args) =>
  import('./sync-run.js').then((module) => module.syncRun(...args));
export const throttle: typeof import('./throttle.js').throttle = (...args) =>
  import('./throttle.js').then((module) => module.throttle(...args));
export const unlock: typeof import('./unlock.js').unlock = (...args) =>
  import('./unlock.js').then((module) => module.unlock(...args));
export const up: typeof import('./up.js').up = (...args) => import('./up.js').then((module) => module.up(...args));
export const verify: typeof import('./verify.js').verify = (...args) =>
  import('./verify.js').then((module) => module.verify(...args));
export const work: typeof import('./work.js').work = (...args) =>
  import('./work.js').then((module) => module.work(...args));
