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
  table: table<PreferenceV1, PreferenceV2>('USER_PREFERENCES', { partitionKey: 'id', sortKey: 'preferenceType' }),
  up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
  // down is derived: it removes the channel and renames back
});
