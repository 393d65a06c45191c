// A process of its own for crash tests: makes keys until it is killed and prints each id once its key is durable.
import { openEmbeddedVault } from '../../dist/stores/vault/embedded/embedded-vault.js';

const [file, keyHex] = process.argv.slice(2);
const vault = await openEmbeddedVault({ file, vaultKey: { version: 1, key: Buffer.from(keyHex, 'hex') } });
for (let round = 0; ; round += 1) {
  const subjects = Array.from({ length: 20 }, (_, index) => `customer/${round}-${index}`);
  const keys = await vault.ensureKeys('w1', subjects);
  await vault.destroyKey('w1', subjects[0]);
  const lines = [...keys].map(([subject, key]) => `${subject} ${key.keyId} ${Buffer.from(key.key).toString('hex')}\n`);
  process.stdout.write(`${lines.join('')}round ${round}\n`);
}
