#!/usr/bin/env bash
# Installs the packages of debian-packages.txt that this machine lacks, and nothing of them is left running or enabled: the local cloud
# starts its own processes. Needs root only when something is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/progress.sh

wanted=()
while read -r name _; do
  [[ -z $name || $name == \#* ]] || wanted+=("$name")
done <scripts/debian-packages.txt

for tool in dpkg-query apt-get; do
  command -v "$tool" >/dev/null ||
    fail "this system has no apt, and plinth's local cloud runs on Debian 12: use a Debian 12 machine or container; it will need: ${wanted[*]}"
done

# dpkg-query fails when a package is unknown to it, which only means that it is missing.
present=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
missing=()
for name in "${wanted[@]}"; do
  [[ $'\n'$present$'\n' == *$'\n'"installed $name"$'\n'* ]] || missing+=("$name")
done
((${#missing[@]})) || exit 0

[[ $(id -u) == 0 ]] ||
  fail "Debian packages are missing (${missing[*]}) and only root can install them: run 'sudo scripts/install-debian-packages.sh' once, then this again"

# While we install: no service starts, no default database cluster is made. What we add for that is taken away again, however we end;
# the marker lets the next run recognise what a killed one left.
marker='written by the set-up of plinth, for the time of an installation'
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.d/plinth-setup.conf
clean_up() {
  [[ ! -e $policy ]] || ! grep -q "$marker" "$policy" || rm -f "$policy"
  rm -f "$clusters"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
[[ -e $policy ]] || install -m 755 /dev/stdin "$policy" <<<"#!/bin/sh
# $marker
exit 101"
mkdir -p "${clusters%/*}"
printf '# %s\ncreate_main_cluster = false\n' "$marker" >"$clusters"

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
apt_get() { # 300 s: another apt may be at work
  apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}
update_lists() { # one source of several may be out of order and none of ours: that is decided by what is then available
  refreshed=yes
  step "refreshing apt's package lists" apt_get update -o APT::Update::Error-Mode=any || refreshed=partly
}
unavailable() { # those of the missing packages that apt has no candidate for
  local offered name
  offered=$(apt-cache policy "${missing[@]}" 2>/dev/null | awk '/^[^ ]/ { name = $1 } /Candidate:/ && $2 != "(none)" { print name }')
  for name in "${missing[@]}"; do
    [[ $'\n'$offered == *$'\n'"$name:"* ]] || printf '%s ' "$name"
  done
}
install_missing() {
  step "installing Debian packages: ${missing[*]}" apt_get install --no-install-recommends "${missing[@]}"
}

refreshed=no
[[ -z $(unavailable) ]] || update_lists
lacking=$(unavailable)
[[ -z $lacking || $refreshed == yes ]] ||
  fail "apt could not refresh its package lists and knows no ${lacking% }: check the network and /etc/apt/sources.list, then run this again"
[[ -z $lacking ]] ||
  fail "apt on this system ($(. /etc/os-release && echo "$PRETTY_NAME")) has no ${lacking% }: use Debian 12, or add the repository of apt.postgresql.org, then run this again"
installed=yes
install_missing || installed=no
if [[ $installed == no && $refreshed == no ]]; then # lists that are out of date name files that are gone
  update_lists
  install_missing && installed=yes
fi
[[ $installed == yes ]] || fail "apt-get could not install ${missing[*]}: see the lines above, put them right, then run this again"

# Only the services of what we installed just now; one that was there before is somebody's.
for name in "${missing[@]}"; do
  while read -r script; do
    service=${script##*/}
    deb-systemd-helper disable "$service.service" >/dev/null 2>&1 || true # not enabled, or no systemd here
    update-rc.d "$service" disable >/dev/null 2>&1 || true                # no runlevels here
  done < <(dpkg -L "$name" | grep '^/etc/init\.d/.' || true)
done
