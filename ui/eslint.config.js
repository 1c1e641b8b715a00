import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Words that a person reads come from src/messages; a literal in a component is an error. */
const noLiteralWords = [
  "error",
  { selector: "JSXText[value=/\\S/]", message: "Words belong in src/messages/en.json; use t()." },
  {
    selector: "JSXAttribute[name.name=/^(aria-label|aria-description|title|placeholder|alt|label)$/] > Literal",
    message: "Words belong in src/messages/en.json; use t().",
  },
  {
    selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
    message: "Text of vendors and customers is shown as text nodes only.",
  },
];

const onlyThroughThePlatform = [
  "error",
  {
    patterns: [
      { group: ["@tauri-apps/*"], message: "Only src/platform knows the host." },
      { group: ["**/platform/tauri", "**/platform/bridge"], message: "Import #ui/platform/index." },
    ],
  },
];

export default tseslint.config(
  { ignores: ["dist", "src/bindings", "node_modules"] },
  js.configs.recommended,
  {
    files: ["src/**/*.{ts,tsx}", "vite.config.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "no-restricted-imports": onlyThroughThePlatform,
      "no-console": "error",
    },
  },
  {
    files: ["src/**/*.tsx"],
    extends: [jsxA11y.flatConfigs.strict, reactHooks.configs.flat.recommended],
    rules: { "no-restricted-syntax": noLiteralWords },
  },
  { files: ["src/platform/**"], rules: { "no-restricted-imports": "off" } },
  {
    files: ["e2e/**/*.mjs"],
    languageOptions: {
      globals: {
        process: "readonly", console: "readonly", URL: "readonly", fetch: "readonly", setTimeout: "readonly",
        clearTimeout: "readonly", Buffer: "readonly", document: "readonly", window: "readonly",
        getComputedStyle: "readonly", axe: "readonly", navigator: "readonly", Event: "readonly", performance: "readonly",
        DataTransfer: "readonly", File: "readonly", DragEvent: "readonly", ClipboardEvent: "readonly",
      },
    },
  },
);
