/** What a grant is about: the meta table, the tables of a move, or their streams. */
export type Place = 'meta' | 'source' | 'target' | 'source stream' | 'target stream';

/** Actions on one place. */
export interface Grant {
  readonly on: Place;
  /** Without the service: `GetItem`; it is DynamoDB's. */
  readonly actions: readonly string[];
  /** The case in which they are called; without it they always are. */
  readonly when?: string;
  /** Who calls them with the role, where it is not the code of dynamigrate. */
  readonly by?: string;
}

/** All grants on one place as one; the order is that of the alphabet. */
export function united(grants: readonly Grant[]): Grant[] {
  const places = [...new Set(grants.map(({ on }) => on))];
  return places.map((on) => ({
    on,
    actions: [...new Set(grants.flatMap((grant) => (grant.on === on ? grant.actions : [])))].sort(),
  }));
}
