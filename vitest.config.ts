import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{functions,scripts,src,template,gateway,grpc,cli,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'build/**', 'dist/**'],
    // Workers and whole-system tests run the bundles, as users do.
    globalSetup: ['test/build.setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
});
