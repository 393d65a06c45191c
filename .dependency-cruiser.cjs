/**
 * Which folder may import which, and where each npm package may be used. What is not named here is refused.
 * Folders other than `cli`, `app`, `test`, `bench` and `scripts`, which may import everything.
 */
const storePorts =
  '^stores/((event-store|document-store|vault)/[^/]+\\.port|document-store/(filter|matches-filter)|vault/(sealing|subjects|random-bytes))\\.ts$';
const channelPorts = '^channels/([^/]+\\.ts$|[^/]+/[^/]+\\.port\\.ts$)';
/** Finds a worker's built file; the one thing of `runtime/` that an adapter may need. */
const workerFile = '^runtime/worker-file\\.ts$';

const folders = {
  contracts: [],
  domain: ['^contracts/'],
  stores: ['^contracts/', workerFile],
  channels: ['^contracts/', workerFile],
  runtime: ['^contracts/', storePorts],
  projections: ['^contracts/', '^domain/', '^runtime/', storePorts],
  commands: ['^contracts/', '^domain/', '^runtime/', storePorts, channelPorts],
  api: ['^contracts/', '^commands/', '^projections/.*\\.queries\\.ts$', '^runtime/'],
};

const ownFolders = `^(${[...Object.keys(folders), 'cli', 'app', 'test', 'bench', 'scripts'].join('|')})/`;
const tools = ['^cli/', '^app/', '^test/', '^bench/', '^scripts/'];
const embeddedStores = ['^stores/[^/]+/embedded/', '^stores/embedded-folder\\.ts$'];

/** npm package ▸ where it may be imported. */
const packages = {
  zod: ['^contracts/', '^api/', '^channels/[^/]+/', ...tools],
  uuid: ['^domain/', ...tools],
  luxon: ['^domain/', ...tools],
  'libphonenumber-js': ['^domain/', ...tools],
  mongodb: ['^stores/mongodb/', '^stores/[^/]+/mongodb/', '^test/', '^bench/storage/'],
  '@photostructure/sqlite': [...embeddedStores, '^test/', '^bench/'],
  // The client lives in its adapter alone; the stand-in of the tests speaks its protocol.
  '@eventstore/db-client': ['^stores/event-store/eventstoredb/', '^test/support/eventstoredb-stand-in/'],
  'lru-cache': ['^stores/', '^channels/', '^runtime/', '^projections/', '^commands/', '^api/', ...tools],
  'mailgun.js': ['^channels/mailgun/'],
  nodemailer: ['^channels/outbox/', '^test/'],
  liquidjs: ['^channels/rendering/'],
  piscina: ['^channels/rendering/'],
  'html-to-text': ['^channels/rendering/'],
  fastify: ['^api/', '^app/', '^test/'],
  '@fastify/[^/]+': ['^api/'],
  'fastify-type-provider-zod': ['^api/'],
  pino: ['^api/', '^app/', '^test/'],
  'prom-client': ['^api/', '^app/', '^test/', '^bench/', '^scripts/'],
  commander: ['^cli/', '^test/'],
  'cli-progress': ['^cli/'],
  'csv-parse': ['^cli/', '^test/', '^bench/'],
  '@jest/globals': ['^test/'],
  'fast-check': ['^test/'],
  '@segment/analytics-node': ['^test/'],
  '@asyncapi/parser': ['^test/'],
  '@stoplight/spectral-core': ['^test/'],
  '@stoplight/spectral-rulesets': ['^test/'],
  '@rudderstack/rudder-sdk-node': ['^test/'],
  '@customerio/cdp-analytics-node': ['^test/'],
  mailparser: ['^test/', '^bench/'],
  mingo: ['^test/'],
  yaml: ['^test/'],
  'dockerfile-ast': ['^test/'],
};

const folderRules = Object.entries(folders).map(([folder, allowed]) => ({
  name: `${folder}-imports`,
  comment: `${folder}/ may import ${allowed.length === 0 ? 'no other folder' : allowed.join(', ')}.`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: { path: ownFolders, pathNot: [`^${folder}/`, ...allowed] },
}));

const packagePath = (name) => `^node_modules/(@types/)?${name.replace(/\./g, '\\.')}/`;

const packageRules = Object.entries(packages).map(([name, places]) => ({
  name: `package-${name.replace(/[^a-z-]+/g, '-')}`,
  comment: `${name} is used only in ${places.join(', ')}.`,
  severity: 'error',
  from: { pathNot: ['^node_modules/', ...places] },
  to: { path: packagePath(name) },
}));

module.exports = {
  forbidden: [
    ...folderRules,
    ...packageRules,
    {
      name: 'package-unlisted',
      comment: 'Each npm package has its place in the table above.',
      severity: 'error',
      // Files at the root configure the tools themselves.
      from: { path: '/', pathNot: '^node_modules/' },
      to: { path: '^node_modules/', pathNot: Object.keys(packages).map(packagePath) },
    },
    {
      name: 'pure-folders',
      comment: 'contracts/ and domain/ have no I/O: of Node they use at most node:crypto (domain) and node:buffer.',
      severity: 'error',
      from: { path: '^(contracts|domain)/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer)$' },
    },
    { name: 'contracts-no-crypto', severity: 'error', from: { path: '^contracts/' }, to: { path: '^(node:)?crypto$' } },
    {
      name: 'no-circular',
      comment: 'Cycles are errors.',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { circular: true },
    },
    {
      name: 'no-circular-tests',
      comment: 'A suite and its parts may share types.',
      severity: 'error',
      from: { path: '^test/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
