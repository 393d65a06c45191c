import type { AddCommand } from '../add-command.js';

/** Every command, in the order of the help; each is loaded only when it is wanted. */
const commands = new Map<string, () => Promise<AddCommand>>([
  ['start', async () => (await import('./start.command.js')).addStart],
  ['demo', async () => (await import('./demo.command.js')).addDemo],
  ['send', async () => (await import('./send.command.js')).addSend],
  ['import', async () => (await import('./import.command.js')).addImport],
  ['keys', async () => (await import('./keys.command.js')).addKeys],
  ['customer', async () => (await import('./customer.command.js')).addCustomer],
  ['consent', async () => (await import('./consent.command.js')).addConsent],
  ['segment', async () => (await import('./segment.command.js')).addSegment],
  ['campaign', async () => (await import('./campaign.command.js')).addCampaign],
  ['plan', async () => (await import('./plan.command.js')).addPlan],
  ['projection', async () => (await import('./projection.command.js')).addProjection],
  ['deadletter', async () => (await import('./deadletter.command.js')).addDeadletter],
  ['tail', async () => (await import('./tail.command.js')).addTail],
  ['stream', async () => (await import('./stream.command.js')).addStream],
  ['doctor', async () => (await import('./doctor.command.js')).addDoctor],
  ['backup', async () => (await import('./backup.command.js')).addBackup],
  ['restore', async () => (await import('./restore.command.js')).addRestore],
  ['migrate', async () => (await import('./migrate.command.js')).addMigrate],
  ['schema', async () => (await import('./schema.command.js')).addSchema],
]);

/** The command that the arguments name; all of them when they name none, for the help. */
export async function commandsFor(args: readonly string[]): Promise<readonly AddCommand[]> {
  const named = commands.get(args.find((argument) => !argument.startsWith('-')) ?? '');
  return Promise.all((named === undefined ? [...commands.values()] : [named]).map((load) => load()));
}
