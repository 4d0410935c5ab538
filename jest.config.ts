import type { Config } from 'jest';

const config: Config = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.(m?[jt]s)$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
  },
  // Packages published as ES modules only; jest loads CommonJS.
  transformIgnorePatterns: [
    '/node_modules/(?!(hyparquet|hyparquet-writer|hyparquet-compressors|croner|jsep)/)',
  ],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.millrace', '<rootDir>/coverage'],
  maxWorkers: 2,
  testTimeout: 60_000,
};

export default config;
