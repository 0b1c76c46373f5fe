#!/bin/sh
# Everything that must hold: installs what is missing, then lint, types, build, every test.
# Ends with one plain line: "N passed, N failed, N skipped"; exit 0 only when nothing failed.
#   ./test.sh        with the part that runs in a virtual machine, on the distribution's kernel
#   ./test.sh --vm   with that on the newer kernel of the backports too
set -u
vm=1
case "${1-}" in
'') ;;
--vm) vm=all ;;
*)
  echo "test.sh: unknown argument $1; it takes --vm, or nothing" >&2
  exit 2
  ;;
esac
cd "$(dirname "$0")" || exit 1

# The tests run io_uring through liburing as well as by system calls, compare with fio, bc and zsh, trace calls, sample
# with perf, and look at pages in a browser.
packages=''
ldconfig -p 2>/dev/null | grep -q 'liburing\.so\.2 ' || packages="$packages liburing2"
command -v fio >/dev/null 2>&1 || packages="$packages fio"
command -v zsh >/dev/null 2>&1 || packages="$packages zsh"
command -v bc >/dev/null 2>&1 || packages="$packages bc"
command -v strace >/dev/null 2>&1 || packages="$packages strace"
command -v perf >/dev/null 2>&1 || packages="$packages linux-perf"
command -v chromium >/dev/null 2>&1 || packages="$packages chromium fonts-dejavu-core"
if [ -n "$packages" ]; then
  if [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null 2>&1; then
    echo "== installing$packages"
    # shellcheck disable=SC2086  # one word per package
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages; } >&2 || exit 1
  else
    echo "test.sh: the tests need these packages (names as in Debian):$packages" >&2
    exit 1
  fi
fi

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo '== npm ci'
  npm ci --no-audit --no-fund || exit 1
fi

# fio's example job files are unpacked, not installed: small images leave documentation out of what they install.
node scripts/corpus.js || {
  [ "$(id -u)" = 0 ] && apt-get update -qq >&2 && node scripts/corpus.js
} || echo "test.sh: no package fio-examples: its tests are skipped" >&2

failed_steps=0
step() {
  name=$1
  shift
  echo "== $name"
  "$@" || {
    echo "== $name FAILED"
    failed_steps=$((failed_steps + 1))
  }
}

counts=$(mktemp)
vm_counts=$(mktemp)
trap 'rm -f "$counts" "$vm_counts"' EXIT
step lint npm run --silent lint
step types npm run --silent typecheck
step build npm run --silent build
echo '== tests'
IOTEST_TEST_COUNTS="$counts" ./node_modules/.bin/vitest run --exclude test/vm/vm.test.ts
tests_status=$?

# By itself, after all else: it emulates a whole machine, and measures known rates in it.
echo '== tests in a virtual machine'
vm_required=0
[ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && [ "$(uname -m)" = x86_64 ] && vm_required=1
IOTEST_VM=$vm IOTEST_VM_REQUIRED=$vm_required IOTEST_TEST_COUNTS="$vm_counts" \
  timeout -k 10 2700 ./node_modules/.bin/vitest run test/vm/vm.test.ts
vm_status=$?

passed=0 failed=0 skipped=0 vm_passed=0 vm_failed=0 vm_skipped=0
read -r passed failed skipped <"$counts" || failed=1
read -r vm_passed vm_failed vm_skipped <"$vm_counts" || vm_failed=1
# A run that broke off without a failing test, for instance an error outside of any.
[ "$tests_status" = 0 ] || [ "$failed" -gt 0 ] || failed=1
[ "$vm_status" = 0 ] || [ "$vm_failed" -gt 0 ] || vm_failed=1
passed=$((passed + vm_passed)) skipped=$((skipped + vm_skipped))
failed=$((failed + vm_failed + failed_steps))
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
