// Makes the built command executable and puts it into node_modules/.bin, where npx looks first. Without that, npx in
// this repository installs the whole package into its cache on every call. Elsewhere npm itself does this.
import { chmodSync, existsSync, rmSync, symlinkSync } from 'node:fs';

const target = 'dist/cli/main.js';
const link = 'node_modules/.bin/migrate';

chmodSync(target, 0o755);
if (process.platform !== 'win32' && existsSync('node_modules/.bin')) {
  rmSync(link, { force: true });
  symlinkSync(`../../${target}`, link);
}
