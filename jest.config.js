/** @type {import('jest').Config} */
module.exports = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.(m?[jt]s)$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
  },
  // Packages published as ES modules only; jest loads CommonJS.
  transformIgnorePatterns: [
    '/node_modules/(?!(hyparquet|hyparquet-writer|hyparquet-compressors|croner|echarts|zrender)/)',
  ],
  setupFiles: ['<rootDir>/test/support/settings-of-tests.js'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.millrace', '<rootDir>/coverage'],
  // One more than the cores of a small machine: many tests wait for processes that they have started.
  maxWorkers: 3,
  testSequencer: '<rootDir>/test/support/slowest-first.js',
  testTimeout: 60_000,
};
