/** What an error asks of its reader. HTTP statuses are derived from it in `api/` and nowhere else. */
export type ErrorFamily =
  | 'invalid_input'
  | 'not_found'
  | 'refused'
  | 'conflict'
  | 'unavailable'
  | 'timeout'
  | 'corrupt_event'
  | 'projection_behind'
  | 'outcome_unknown';

interface ErrorEntry {
  readonly family: ErrorFamily;
  readonly retryable: boolean;
  readonly title: string;
}

/** Every error code of the engine; `docs/reference/errors.md` mirrors it and a test compares the two. Keep each group sorted. */
export const errorCatalogue = {
  // stores
  wrong_expected_revision: { family: 'conflict', retryable: true, title: 'The stream is at another revision' },
  event_id_taken: { family: 'conflict', retryable: false, title: 'The event id is stored already, in another place' },
  store_unavailable: { family: 'unavailable', retryable: true, title: 'A store cannot be reached' },
  store_timeout: { family: 'timeout', retryable: true, title: 'A store did not answer in time' },
  append_outcome_unknown: { family: 'outcome_unknown', retryable: true, title: 'It is not known whether the append was stored' },
  corrupt_event: { family: 'corrupt_event', retryable: false, title: 'A stored event is damaged' },
  store_format_unsupported: {
    family: 'refused',
    retryable: false,
    title: 'The data folder has a format this version cannot open',
  },
  data_folder_locked: { family: 'refused', retryable: false, title: 'Another process uses the data folder' },
  data_folder_incomplete: { family: 'refused', retryable: false, title: 'A file of the data folder is missing' },
  data_folder_mixed: { family: 'refused', retryable: false, title: 'The log and the vault do not belong together' },
  fenced: { family: 'conflict', retryable: false, title: 'A newer holder has taken over the lease' },
  vault_entry_damaged: { family: 'corrupt_event', retryable: false, title: 'A stored key is damaged' },
  vault_key_missing: { family: 'corrupt_event', retryable: false, title: 'The log names a key that is not in the vault' },
  vault_key_wrong: { family: 'refused', retryable: false, title: 'The vault key does not open this vault' },
  key_destroyed: { family: 'refused', retryable: false, title: 'The key was destroyed; what it sealed is gone' },
  // backups and copies
  backup_damaged: { family: 'corrupt_event', retryable: false, title: 'The backup is damaged, or none' },
  copy_differs: { family: 'conflict', retryable: false, title: 'The copy is not the same as its source' },
  copy_unfinished: { family: 'refused', retryable: false, title: 'The stores hold part of a copy that was not finished' },
  target_not_empty: { family: 'refused', retryable: false, title: 'The target of a copy holds something already' },
  // contracts
  event_contract_broken: { family: 'corrupt_event', retryable: false, title: 'A stored event does not satisfy its contract' },
  // input
  invalid_input: { family: 'invalid_input', retryable: false, title: 'The input is not valid' },
  invalid_json: { family: 'invalid_input', retryable: false, title: 'The body is not JSON' },
  position_unknown: { family: 'invalid_input', retryable: false, title: 'The position belongs to another store' },
  not_found: { family: 'not_found', retryable: false, title: 'There is no such thing' },
  // ingest
  import_finished: { family: 'conflict', retryable: false, title: 'The import is finished; start another one' },
  overloaded: { family: 'unavailable', retryable: true, title: 'More is in flight than the engine takes at once' },
  pins_rebuilding: {
    family: 'unavailable',
    retryable: true,
    title: 'Which event ids are known is being read from the log again',
  },
  // projections
  cancelled: { family: 'refused', retryable: false, title: 'The work was cancelled before it was done' },
  driven_elsewhere: { family: 'conflict', retryable: true, title: 'Another process drives the projections' },
  rebuild_needed: { family: 'refused', retryable: false, title: 'Only a rebuild of the projection can take this event in' },
  rebuild_running: { family: 'conflict', retryable: true, title: 'The projection is being rebuilt or verified already' },
  // reads
  projection_behind: { family: 'projection_behind', retryable: true, title: 'The read model has not reached the position yet' },
  // channels and templates
  channel_misconfigured: {
    family: 'refused',
    retryable: false,
    title: 'The way out to customers is not configured as it needs to be',
  },
  renderer_unavailable: { family: 'unavailable', retryable: true, title: 'Templates cannot be rendered at the moment' },
  template_invalid: { family: 'invalid_input', retryable: false, title: 'The template cannot be parsed' },
  template_render_failed: { family: 'invalid_input', retryable: false, title: 'The template cannot be rendered' },
  template_timeout: { family: 'invalid_input', retryable: false, title: 'The template did not finish in time' },
  // access
  address_not_allowed: { family: 'refused', retryable: false, title: 'The key is not taken from this IP address' },
  key_not_active: { family: 'refused', retryable: false, title: 'The key was revoked or rotated before' },
  // the API
  body_too_large: { family: 'invalid_input', retryable: false, title: 'The body is larger than this call takes' },
  forbidden: { family: 'refused', retryable: false, title: 'The credential lacks the scope that this call needs' },
  idempotency_in_flight: {
    family: 'conflict',
    retryable: true,
    title: 'A request with the same Idempotency-Key is still at work',
  },
  idempotency_key_reused: {
    family: 'invalid_input',
    retryable: false,
    title: 'The Idempotency-Key was used with another request',
  },
  media_type_unsupported: { family: 'invalid_input', retryable: false, title: 'The body has a format this call does not read' },
  revision_stale: { family: 'conflict', retryable: false, title: 'The thing has changed since the revision in If-Match' },
  route_unknown: { family: 'not_found', retryable: false, title: 'There is no such call' },
  unauthenticated: { family: 'refused', retryable: false, title: 'The request carries no valid credential' },
  // privacy
  erasure_running: { family: 'conflict', retryable: true, title: 'The customer is being erased' },
  // segments
  field_not_segmentable: { family: 'invalid_input', retryable: false, title: 'Rules cannot see this field or value' },
  segment_archived: { family: 'refused', retryable: false, title: 'The segment is archived' },
  segment_exists: { family: 'conflict', retryable: false, title: 'A segment with this id has another definition' },
  // campaigns
  address_suppressed: { family: 'refused', retryable: false, title: 'The address is on the suppression list' },
  already_launched: { family: 'conflict', retryable: false, title: 'The campaign has been launched; it has one run' },
  run_not_open: { family: 'conflict', retryable: false, title: 'The run has ended' },
  run_not_sealed: { family: 'conflict', retryable: true, title: 'The audience of the run is not complete yet' },
  webhook_refused: { family: 'refused', retryable: false, title: 'The callback is not one of the provider, or came before' },
  // identity
  not_merged: { family: 'conflict', retryable: false, title: 'The customers are not one person' },
  too_many_merged: { family: 'conflict', retryable: false, title: 'Too many customers would be one person' },
  // configuration and the command line
  config_invalid: { family: 'invalid_input', retryable: false, title: 'The configuration is not valid' },
  confirmation_missing: { family: 'invalid_input', retryable: false, title: 'A destructive command was not confirmed' },
  engine_unreachable: { family: 'unavailable', retryable: true, title: 'No engine answers' },
  port_in_use: { family: 'refused', retryable: false, title: 'Another program listens on the port' },
  // the engine itself
  internal: { family: 'unavailable', retryable: false, title: 'The engine failed in a way it did not expect' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
