const typescript = ['@swc/jest', { jsc: { target: 'es2024', experimental: { keepImportAttributes: true } } }];

const common = {
  transform: { '\\.ts$': typescript, '\\.lua$': '<rootDir>/test/support/lua-transform.cjs' },
  extensionsToTreatAsEsm: ['.ts', '.lua'],
  testEnvironment: 'node',
  injectGlobals: false,
};

/** Two projects, so that a run of plain tests alone starts no store: `npm test -- --selectProjects plain`. */
export default {
  // Real stores beside other work; a test that hangs is found all the same.
  testTimeout: 30_000,
  projects: [
    {
      ...common,
      displayName: 'plain',
      testMatch: ['<rootDir>/test/{actions,drift,edge,gateway,simulation}/**/*.test.ts'],
    },
    {
      ...common,
      displayName: 'stores',
      testMatch: ['<rootDir>/test/{contracts,system}/**/*.test.ts'],
    },
  ],
};
