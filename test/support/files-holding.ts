import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Every file below a folder that holds one of the texts, but for the folders named: `<file>: <text>`. Looks as UTF-8 and UTF-16 would be. */
export async function filesHolding(
  folder: string,
  texts: readonly string[],
  { without = [] }: { readonly without?: readonly string[] } = {},
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (!entry.isFile() || without.some((skipped) => name.startsWith(`${skipped}/`))) continue;
    const content = await readFile(path);
    for (const text of texts) {
      const forms = [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(JSON.stringify(text).slice(1, -1))];
      if (forms.some((form) => content.includes(form))) found.push(`${name}: ${text}`);
    }
  }
  return found;
}
