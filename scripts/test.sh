#!/usr/bin/env bash
# Every check and every test. All of them run, whatever fails; the last line is the total, the exit code is 0 only when all passed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

reports=$(mktemp -d "${TMPDIR:-/tmp}/plinth-tests.XXXXXX")
trap 'rm -rf "$reports"' EXIT
trap 'exit 130' INT TERM HUP

heading() { printf '\n== %s\n' "$*"; }

failed=()
heading "types, lint, format, import rules"
npm run --silent check || failed+=(check)
for project in unit real e2e; do
  heading "$project tests"
  # Tests of real processes measure times and share two cores: one file at a time.
  [[ $project == unit ]] && workers=100% || workers=1
  node_modules/.bin/jest --selectProjects "$project" --maxWorkers="$workers" --json --outputFile="$reports/$project.json" >/dev/null ||
    failed+=("$project")
done

printf '\n'
((${#failed[@]} == 0)) || printf 'failed: %s\n' "${failed[*]}"
node scripts/test-totals.cjs "$reports"/{unit,real,e2e}.json && ((${#failed[@]} == 0))
