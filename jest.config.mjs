/** Jest runs the TypeScript sources through swc as CommonJS; worker threads run the built `dist` (see runtime/worker-file.ts). */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.[mc]?[jt]sx?$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!(.*/)?(content-disposition|cookie|uuid|p-queue|p-timeout|eventemitter3)/)'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // A test may take minutes on a machine that has much else to do; what hangs is still found.
  testTimeout: 300_000,
  maxWorkers: 2,
};
