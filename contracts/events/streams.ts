/** What streams there are; the category is the part of the name before the first dash. */
export const streamCategories = [
  'access',
  'ad_campaign',
  'campaign',
  'campaign_run',
  'customer',
  'erasure',
  'identity',
  'import',
  'projection',
  'quarantine',
  'segment',
  'source',
  'suppression',
  'template',
] as const;

export type StreamCategory = (typeof streamCategories)[number];

/** A stream name taken apart. */
export interface StreamRef {
  readonly category: StreamCategory;
  readonly workspace: string;
  readonly id: string;
}

/** The stream's name: `<category>-<workspace>.<id>`. */
export function streamName(category: StreamCategory, workspace: string, id: string): string {
  return `${category}-${workspace}.${id}`;
}

/** Takes a stream's name apart; null for a name that is not of this engine. */
export function parseStreamName(name: string): StreamRef | null {
  const dash = name.indexOf('-');
  const dot = name.indexOf('.', dash);
  if (dash < 1 || dot < dash + 2 || dot === name.length - 1) return null;
  const category = name.slice(0, dash);
  if (!isStreamCategory(category)) return null;
  return { category, workspace: name.slice(dash + 1, dot), id: name.slice(dot + 1) };
}

function isStreamCategory(value: string): value is StreamCategory {
  return (streamCategories as readonly string[]).includes(value);
}
