import { type Database, textOf } from './database.js';
import type { FollowedLog, Unfollowable } from './protocol.js';

/** Remembers the log, unless what is stored was not folded from it: then nothing changes. */
export function followLog(database: Database, log: FollowedLog): 'followed' | Unfollowable {
  const followed = database.row('SELECT log FROM followed_log');
  if (followed !== undefined && textOf(followed[0]) !== log.id) return 'of_another_log';
  if (database.row('SELECT 1 FROM checkpoints WHERE position > ?', log.head) !== undefined) return 'ahead_of_the_log';
  database.run('INSERT OR REPLACE INTO followed_log VALUES (1, ?)', log.id);
  return 'followed';
}

/** Writes as every other write does, and fails as it would. */
export function probe(database: Database): void {
  database.exec("INSERT OR REPLACE INTO checkpoints VALUES ('probe', -1); DELETE FROM checkpoints WHERE name = 'probe'");
}
