import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*', 'connectors/*'].map((root) => ({
      test: { name: root, root: '.', include: [`${root}/test/**/*.test.ts`], testTimeout: 60_000, hookTimeout: 60_000 },
    })),
  },
});
