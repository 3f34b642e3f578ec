const typescript = ['@swc/jest', { jsc: { target: 'es2024', experimental: { keepImportAttributes: true } } }];

const common = {
  transform: { '\\.ts$': typescript, '\\.lua$': '<rootDir>/test/support/lua-transform.cjs' },
  extensionsToTreatAsEsm: ['.ts', '.lua'],
  testEnvironment: 'node',
  injectGlobals: false,
};

/** Projects by what they need: nothing, Python and a package of every stage, stores (and Python where it is there), or hours. */
export default {
  // Real stores beside other work; a test that hangs is found all the same.
  testTimeout: 30_000,
  projects: [
    {
      ...common,
      displayName: 'plain',
      testMatch: ['<rootDir>/test/{actions,client,cost,drift,edge,gateway,simulation}/**/*.test.ts'],
    },
    {
      ...common,
      displayName: 'cloud',
      testMatch: ['<rootDir>/test/cloud/**/*.test.ts'],
      globalSetup: '<rootDir>/test/support/cloud/setup.ts',
    },
    {
      ...common,
      displayName: 'stores',
      testMatch: ['<rootDir>/test/{contracts,system}/**/*.test.ts'],
      globalSetup: '<rootDir>/test/support/python/setup.ts',
    },
    {
      ...common,
      displayName: 'long',
      testMatch: ['<rootDir>/test/long/**/*.test.ts'],
      globalSetup: '<rootDir>/test/support/python/setup.ts',
    },
    {
      ...common,
      displayName: 'page',
      testMatch: ['<rootDir>/test/web/**/*.test.ts'],
    },
  ],
};
