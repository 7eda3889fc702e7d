import { defineConfig } from 'dynamigrate';
import { local } from './config/local.js';
import { production } from './config/production.js';

export default defineConfig({
  migrations: './migrations',
  metaTable: 'dynamigrate',
  environments: { local, production },
});
