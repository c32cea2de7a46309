// What the compiler does not see and a reader should not have to: promises nobody waits for, conditions that are always true,
// types that came from nowhere. Formatting is prettier's; what holds for whole folders is tested in test/tidy.
import eslint from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

const nodeGlobals = [
  'process',
  'console',
  'Buffer',
  'URL',
  'fetch',
  'setTimeout',
  'clearInterval',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'performance',
]

export default defineConfig(
  globalIgnores(['**/dist/', 'coverage/', 'docs/api/', '**/fixtures/', '**/node_modules/']),
  eslint.configs.recommended,
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: Object.fromEntries(nodeGlobals.map((name) => [name, 'readonly'])) },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      // A default is for the messages of another union, which somebody else's switch handles.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // A `let` may be read by a function made before its only assignment.
      'prefer-const': ['error', { ignoreReadBeforeAssign: true }],
      // isolatedDeclarations wants the annotation that this rule would take away.
      '@typescript-eslint/no-inferrable-types': 'off',
      // A turn ends with `return this.#next(…)`; `void` says that something is called for its effect.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // Ids are numbers with a brand, which these two take for objects.
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/no-unsafe-unary-minus': 'off',
      // What was thrown is passed on as it is.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      // There are no enums: erasableSyntaxOnly.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // What unwinds a guest's stack is no error and has no stack of its own.
      '@typescript-eslint/only-throw-error': ['error', { allow: ['WasiExit', 'ClosedPipe', 'Refusal'] }],
      // The call path of a handle makes no array of its arguments.
      'prefer-rest-params': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Harnesses are taken apart where they are made, and stand-ins are async because what they stand for is.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
      // chai's properties are its calls.
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
)
