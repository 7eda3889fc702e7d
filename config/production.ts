import type { EnvironmentConfig } from 'dynamigrate';

/** Credentials come from the SDK's own chain: the CI's role, AWS_PROFILE, SSO. */
export const production: EnvironmentConfig = {
  region: 'eu-central-1',
  accountId: '123456789012',
  protected: true,
  tableName: (name) => `prod-${name}`,
};
