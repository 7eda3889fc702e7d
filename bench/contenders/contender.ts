export const taskNames = ['copy', 'rewrite', 'verify', 'count'] as const;
export type TaskName = (typeof taskNames)[number];

export interface Job {
  readonly endpoint: string;
  readonly items: number;
  /** Parallel scans, of those that scan in parallel. */
  readonly segments: number;
}

/** Says when the work begins and ends that is measured; what comes before and after is loading and tidying up. */
export interface Meter {
  start(): void;
  stop(): void;
}

/** Does a task and resolves when it is done. */
export type Task = (job: Job, meter: Meter) => Promise<void>;

export interface Contender {
  readonly tasks: Readonly<Partial<Record<TaskName, Task>>>;
}

export const sourceTable = 'SOURCE';
export const targetTable = 'TARGET';

/** Nobody looks at them, but every SDK asks for some. */
export const connection = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
});

/** Work measured as a whole. */
export function measured(work: (job: Job) => Promise<void>): Task {
  return async (job, meter) => {
    meter.start();
    await work(job);
    meter.stop();
  };
}

/** `work` for each segment, all at once. */
export async function inSegments({ segments }: Job, work: (segment: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: segments }, (_, segment) => work(segment)));
}

/** `values` in pieces of `size`. */
export function pieces<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}
