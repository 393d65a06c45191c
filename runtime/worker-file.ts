/**
 * The built file of a worker thread that stands beside the calling module. Worker threads cannot run TypeScript, so a module
 * that itself runs from source (in tests) gets the file of `dist/`.
 */
export function workerFile(moduleUrl: string, name: string): URL {
  if (!moduleUrl.endsWith('.ts')) return new URL(name, moduleUrl);
  const root = new URL('../', import.meta.url).href;
  return new URL(name, moduleUrl.replace(root, `${root}dist/`));
}

/**
 * Limits of a thread that serves a file: there are several, the memory for young objects is multiplied by their number, and what they handle is
 * soon done with.
 */
export const fileThreadLimits = { maxYoungGenerationSizeMb: 6 } as const;
