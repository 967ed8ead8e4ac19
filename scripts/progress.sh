# shellcheck shell=bash
# Sourced by the set-up scripts: how they speak.

say() { printf 'set-up: %s\n' "$*"; }

# One line, then the end: what is wrong and what to do about it.
fail() {
  printf 'set-up: %s\n' "$*" >&2
  exit 1
}

# step WHAT COMMAND...: runs the command with its output in a log, shows the seconds, shows both ends of the log when it fails.
step() {
  local what=$1 log started=$SECONDS ticker status=0
  shift
  log=$(mktemp "${TMPDIR:-/tmp}/plinth-setup.XXXXXX")
  [[ -t 1 ]] || say "$what ..."
  tick "$what" "$started" &
  ticker=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  [[ ! -t 1 ]] || printf '\r\033[K'
  if ((status == 0)); then
    say "$what: done in $((SECONDS - started)) s"
  else
    say "$what: failed after $((SECONDS - started)) s:" >&2
    # npm says why first, apt says it last.
    awk '{ line[NR] = $0 } END { for (i = 1; i <= NR; i++) if (i <= 8 || i > NR - 12) print line[i]; else if (i == 9) print "[...]" }' "$log" >&2
  fi
  rm -f "$log"
  return "$status"
}

# Rewrites one line each second on a terminal, adds a line every 20 seconds elsewhere. `read -t` on a pipe that nobody writes to is a sleep
# that leaves no child behind when this process is killed.
tick() {
  local what=$1 started=$2 never
  exec {never}<> <(:)
  while true; do
    read -r -t 1 -u "$never" || true
    if [[ -t 1 ]]; then
      printf '\r\033[Kset-up: %s ... %d s' "$what" "$((SECONDS - started))"
    elif (((SECONDS - started) % 20 == 0)); then
      say "$what ... $((SECONDS - started)) s"
    fi
  done
}
