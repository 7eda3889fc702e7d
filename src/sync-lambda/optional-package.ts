import { MigrateError } from '../errors.js';

/**
 * Loads a package that only some commands need, and that may have been left out of the installation.
 *
 * @throws MigrateError `PACKAGE_MISSING` with what to type.
 */
export async function optionalPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new MigrateError('PACKAGE_MISSING', `the package \`${name}\` is not installed`, {
      cause,
      fix: `\`npm install --save-dev ${name}\``,
    });
  }
}
