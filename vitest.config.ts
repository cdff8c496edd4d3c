import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{functions,scripts,src,template,gateway,grpc,cli,deploy,test}/**/*.test.ts'],
    // Those of test/openfaas need images: npm run test:openfaas.
    exclude: ['**/node_modules/**', 'build/**', 'dist/**', 'test/openfaas/**'],
    // Workers and whole-system tests run the bundles, as users do.
    globalSetup: ['test/build.setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
});
