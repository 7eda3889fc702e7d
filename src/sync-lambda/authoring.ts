/** What `dynamigrate` means inside a bundle: what a migration file is written with, and nothing that runs migrations. */
export { defineMigration } from '../definition/define-migration.js';
export { table } from '../definition/table.js';
export { isMigrateError, MigrateError } from '../errors.js';
export { NumberValue } from '../item/number.js';
