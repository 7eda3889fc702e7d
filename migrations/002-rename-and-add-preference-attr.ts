import { defineMigration, table } from 'dynamigrate';

interface PreferenceV1 {
  id: string;
  preferenceType: string;
  prefVal?: string;
}

interface PreferenceV2 {
  id: string;
  preferenceType: string;
  preferenceValue?: string;
  channel: 'EMAIL' | 'SMS';
}

export default defineMigration({
  description: 'Rename prefVal to preferenceValue; every preference gets a channel',
  from: table<PreferenceV1>('USER_PREFERENCES', { partitionKey: 'id', sortKey: 'preferenceType' }),
  to: table<PreferenceV2>('USER_PREFERENCESV2'),
  up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
  // down is derived: it renames back, and removes the channel from items that had none
});
