import { isEngineError } from '../../contracts/errors.js';
import { streamName } from '../../contracts/events/streams.js';
import { keyedHash } from '../../domain/identity/keyed-hash.js';
import { engineId, quarantineId } from '../../domain/ids.js';
import { sealBody } from '../../stores/vault/sealing.js';
import { engineEvent } from '../engine-event.js';
import type { CampaignsDeps } from './campaigns-deps.js';

export interface UnreadableCallback {
  readonly workspace: string;
  readonly provider: string;
  /** The body as it came. */
  readonly raw: string;
  readonly at: string;
}

/** Keeps a callback that names no message of this engine as a dead letter of kind `webhook`; the same one again changes nothing. */
export async function keepUnreadableCallback(
  deps: Pick<CampaignsDeps, 'eventStore' | 'vault' | 'randomBytes'>,
  { workspace, provider, raw, at }: UnreadableCallback,
): Promise<void> {
  const bodyHash = keyedHash(await deps.vault.secret(workspace, 'look_up'), 'body', raw);
  const id = quarantineId(workspace, provider, '', bodyHash);
  const subject = `quarantine/${id}`;
  const key = (await deps.vault.ensureKeys(workspace, [subject])).get(subject);
  // A destroyed key: the entry was kept once, and has expired.
  if (key === undefined) return;
  const eventId = engineId('quarantine.received', id);
  const plain = {
    kind: 'webhook',
    source: provider,
    code: 'webhook_id_unreadable',
    detail: 'expected the id of a message of this workspace, found none that can be read',
    bytes: Buffer.byteLength(raw),
  };
  const data = sealBody(
    { plain, hashes: {}, direct: { body: raw }, quasi: {} },
    { workspace, subject, eventId, key, randomBytes: deps.randomBytes },
  );
  const event = engineEvent({ id: eventId, type: 'quarantine.received', data, workspace, actor: provider, at });
  try {
    await deps.eventStore.append(streamName('quarantine', workspace, id), 'no_stream', [event]);
  } catch (error) {
    if (!isEngineError(error, 'wrong_expected_revision')) throw error;
  }
}
