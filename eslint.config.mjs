import tseslint from 'typescript-eslint';

const writes = ['insertInto', 'updateTable', 'deleteFrom', 'mergeInto', 'replaceInto'].join('|');

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.tetra/', 'coverage/'] },
  ...tseslint.configs.recommended,
  { rules: { '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }] } },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config/**', 'src/server.ts', 'src/bin/**', 'src/**/*.spec.ts'],
    rules: {
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Read it in src/config.' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: `CallExpression[callee.property.name=/^(${writes})$/]`,
          message: 'This API only reads.',
        },
        { selector: "CallExpression[callee.property.name='selectAll']", message: 'List the columns.' },
        {
          selector: "CallExpression[callee.object.name='sql'][callee.property.name='raw']",
          message: 'Raw SQL text is how injections start; use the sql tag.',
        },
      ],
    },
  },
);
