import { startTwoServers, type TwoServers } from './two-servers.js';

/** What an engine is told to use for its stores. */
export interface EnginePlace {
  readonly env: Readonly<Record<string, string>>;
  dispose(): Promise<void>;
}

/** The kinds of stores that an engine runs on, for suites that hold on each. */
export const enginePlaces: readonly { readonly stores: string; readonly take: () => Promise<EnginePlace> }[] = [
  { stores: 'embedded stores', take: () => Promise.resolve({ env: {}, dispose: () => Promise.resolve() }) },
  { stores: 'stand-ins of both servers', take: async () => placeOf(await startTwoServers()) },
];

function placeOf(servers: TwoServers): EnginePlace {
  return { env: { ...servers.env }, dispose: () => servers.close() };
}
