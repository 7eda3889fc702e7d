/** A DynamoDB on this machine that a command uses. */
export interface RunningEngine {
  /** For people: where the data is. */
  readonly name: string;
  readonly endpoint: string;
  readonly region: string;
  /** Any will do; the SDK wants some. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Ends this command's use. What no other command shares is closed, so that the next process can open it at once. */
  close(): Promise<void>;
}

/** What every engine takes. */
export const anyAccount = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
} as const;
