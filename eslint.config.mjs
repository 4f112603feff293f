import tseslint from 'typescript-eslint';

const writes = ['insertInto', 'updateTable', 'deleteFrom', 'mergeInto', 'replaceInto'].join('|');

/** Casts that the compiler does not check. Where a library leaves no other way, the line says why. */
const CASTS = [
  { selector: 'TSAsExpression > TSNeverKeyword', message: 'Declare the type; `as never` fits anything.' },
  {
    selector: "TSAsExpression > TSAsExpression.expression[typeAnnotation.type='TSUnknownKeyword']",
    message: 'Declare the type; `as unknown as` fits anything.',
  },
];

export default tseslint.config(
  { ignores: ['dist/', '.dev/', 'node_modules/', '.tetra/', 'coverage/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    ignores: ['test/clients/programs/**'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.check.json', './web/tsconfig.json', './test/page/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // `noUncheckedIndexedAccess` asks for it wherever an index is known to be within bounds.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Arguments and rows are plain objects; their classes only carry decorators.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      // What has to return a promise is async, whether it waits or not: an error in it is then a rejection.
      '@typescript-eslint/require-await': 'off',
      // What was thrown goes on as it is.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowEmpty: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        {
          allowAny: false,
          allowBoolean: false,
          allowNever: false,
          allowNullish: false,
          allowNumber: true,
          allowRegExp: false,
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    ignores: ['test/clients/programs/**'],
    rules: {
      // What a JSON answer holds is what a test asserts: supertest's bodies are `any` in five hundred places, and to
      // declare each would say again what openapi.json says, which every answer is held against.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
      // `afterAll` also runs where `beforeAll` has failed half way.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // A spy calls the method that it replaces.
      '@typescript-eslint/unbound-method': 'off',
      // What is missing in a path or a text fails the case.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowAny: true, allowNullish: true }],
    },
  },
  { files: ['**/*.ts', '**/*.tsx'], rules: { 'no-restricted-syntax': ['error', ...CASTS] } },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
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
        ...CASTS,
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
