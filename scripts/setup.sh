#!/usr/bin/env bash
# From a fresh clone to a working `plinth`: Debian packages, npm packages, a Pulumi CLI. Does only what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/progress.sh
began=${EPOCHREALTIME/[.,]/}

[[ $(uname -s) == Linux ]] ||
  fail "plinth's local cloud needs Linux and this is $(uname -s): run it in a Debian 12 machine or container (node 20.19+, npm, go, git, make)"
for tool in node npm git flock; do
  command -v "$tool" >/dev/null || fail "'$tool' is not installed: install Node.js 20.19 or newer with npm, Go, git and make, then run this again"
done
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  fail "Node.js $(node --version) is too old: install Node.js 20.19 or newer, then run this again"

# One set-up at a time in a checkout; the lock is on this very file and ends with the process.
exec 9<scripts/setup.sh
if ! flock -n 9; then
  say "waiting for another set-up of this checkout"
  flock 9
fi

scripts/install-debian-packages.sh

if ! node scripts/npm-packages-current.cjs; then
  step "installing npm packages" npm ci || fail "npm ci failed: see the lines above; check the network or the npm registry setting, then run this again"
fi
ln -sfn ../../bin/plinth.js node_modules/.bin/plinth # so that npx finds the command of this very checkout

node --require ./bin/typescript.cjs cli/pulumi-cli/main.ts

elapsed=$(((${EPOCHREALTIME/[.,]/} - began) / 100000))
say "ready in $((elapsed / 10)).$((elapsed % 10)) s"
