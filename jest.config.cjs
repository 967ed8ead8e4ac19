const swc = [
  "@swc/jest",
  {
    jsc: {
      parser: { syntax: "typescript", decorators: true },
      target: "es2022",
      transform: { decoratorMetadata: true },
    },
    module: { type: "commonjs" },
  },
];

const base = {
  testEnvironment: "node",
  transform: { "^.+\\.ts$": swc },
  rootDir: __dirname,
  setupFiles: ["<rootDir>/test/support/plain-text.cjs"],
};

// unit: pure, milliseconds. real: one real process kind each. e2e: the whole stack through the real engine.
module.exports = {
  projects: [
    {
      ...base,
      displayName: "unit",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/e2e/", "\\.real\\.test\\.ts$"],
    },
    {
      ...base,
      displayName: "real",
      testMatch: ["<rootDir>/test/**/*.real.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/e2e/"],
    },
    { ...base, displayName: "e2e", testMatch: ["<rootDir>/test/e2e/**/*.test.ts"] },
  ],
  testTimeout: 300000,
};
