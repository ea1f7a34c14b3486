#!/usr/bin/env bash
# test.sh [dotnet test filter] - all set-up, then every test. The last line counts them.
# Results, logs and caches go to artifacts/ (MIGRATE_ARTIFACTS to put them elsewhere). Tests keep rows in SQLite; those that do run again on PostgreSQL,
# of those with guests, which take long, the moves and kills. With MIGRATE_TEST_DATABASE=postgresql all tests run once, on PostgreSQL.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1

export MIGRATE_ARTIFACTS=${MIGRATE_ARTIFACTS:-$PWD/artifacts}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
results=$MIGRATE_ARTIFACTS/test-results
rm -rf "$results" && mkdir -p "$results"

bash eng/setup.sh test || exit 1

broken=0
step() { # name, command...: a check that is not a test; its failure counts as one
  local name=$1
  shift
  echo "== $name"
  "$@" || { echo "FAILED: $name"; broken=$((broken + 1)); }
}

echo "== build"
dotnet build Migrate.sln -c Release -v q -nologo || { echo "FAILED: build"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
step "formatting (mend it with: dotnet format whitespace Migrate.sln)" \
  dotnet format whitespace Migrate.sln --no-restore --verify-no-changes --verbosity quiet
step "scripts parse" bash -c 'for s in eng/*.sh eng/*/*.sh; do bash -n "$s" || exit 1; done'

run() { # project file, name of the results, dotnet test arguments...
  local project=$1 name=$2
  shift 2
  dotnet test "$project" -c Release --no-build --nologo -v q "$@" \
    --logger "trx;LogFileName=$name.trx" --results-directory "$results" || true
  # A test host that dies or a project that runs nothing must not look like success.
  [ -f "$results/$name.trx" ] || { echo "FAILED: $name wrote no results"; broken=$((broken + 1)); }
}

echo "== tests"
filter=()
[ $# -gt 0 ] && filter=(--filter "$1")
for project in tests/*/*.Tests.csproj; do
  run "$project" "$(basename "$project" .csproj)" "${filter[@]}"
done

if [ $# -eq 0 ] && [ "${MIGRATE_TEST_DATABASE:-sqlite}" = sqlite ]; then
  echo "== tests that keep rows, on PostgreSQL"
  export MIGRATE_TEST_DATABASE=postgresql
  run tests/Planner/Migrate.Planner.Tests.csproj Migrate.Planner.Tests.PostgreSQL --filter Database=chosen
  run tests/Executor/Migrate.Executor.Tests.csproj Migrate.Executor.Tests.PostgreSQL --filter Database=chosen
  run tests/Api/Migrate.Api.Tests.csproj Migrate.Api.Tests.PostgreSQL # All of them ask the one server.
  run tests/EndToEnd/Migrate.EndToEnd.Tests.csproj Migrate.EndToEnd.Tests.PostgreSQL \
    --filter "Database=chosen&(FullyQualifiedName~ColdRunTests|FullyQualifiedName~WarmRunTests|FullyQualifiedName~KilledServerTests|FullyQualifiedName~RestoredServerTests|FullyQualifiedName~RollBackDrillTests)"
fi

sum() { cat "$results"/*.trx 2>/dev/null | grep -o '<Counters [^>]*' | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{s+=$1} END {print s+0}'; }
total=$(sum total) passed=$(sum passed)
failed=$(($(sum failed) + $(sum error) + $(sum timeout) + $(sum aborted) + broken))
skipped=$((total - passed - failed + broken))
[ "$skipped" -ge 0 ] || skipped=0
[ "$failed" -eq 0 ] || python3 eng/failed-tests.py "$results" # Whoever has only this output must see why.
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
