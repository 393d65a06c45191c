/**
 * Asks the engine of this machine (`CEBE_PORT`, else 4000) for a path, `/readyz` unless told: exit code 0 for a good answer within 4 s, else 1
 * with the answer. What containers call as their health check.
 */
const path = process.argv[2] ?? '/readyz';
const url = `http://127.0.0.1:${process.env.CEBE_PORT || 4000}${path}`;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4000) });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
} catch (error) {
  console.error(`${url}: ${error.cause?.code ?? error.message}`);
  process.exitCode = 1;
}
