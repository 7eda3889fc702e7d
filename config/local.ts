import type { EnvironmentConfig } from 'dynamigrate';

/** An embedded DynamoDB: nothing to install, data kept in .dynalite/. */
export const local: EnvironmentConfig = { engine: 'dynalite', path: '.dynalite' };
