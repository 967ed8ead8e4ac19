// Adds up jest's JSON reports (paths as arguments) into one line. Exit 1 when anything failed, a report is missing, or nothing ran.
const { existsSync, readFileSync } = require("node:fs");

let passed = 0;
let failed = 0;
for (const file of process.argv.slice(2)) {
  if (!existsSync(file)) {
    console.log(`no report at ${file}: jest did not get to its end`);
    failed += 1;
    continue;
  }
  const report = JSON.parse(readFileSync(file, "utf8"));
  passed += report.numPassedTests;
  // A suite that cannot even be loaded has no tests to fail.
  failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
}
console.log(`tests: ${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
