#!/bin/sh
# Refit when new rows say so, and release if the gate opens. For cron, with nothing else around it:
#
#     0 6 * * 1  /srv/adult/refit.sh /srv/adult/refit.conf
#
# Exit codes: 0 nothing to do, or released and verified; 1 refused (gate shut, ledger spent, ...), and a person has to
# look; 2 not understood; 75 another run is still at it. It says nothing unless somebody has to look, so cron's mail is news.
set -eu
umask 077 # what is read from private rows is for this user alone

settings=${1:?"usage: refit.sh SETTINGS"}
. "$(cd "$(dirname "$settings")" && pwd)/$(basename "$settings")"
stamp=$(date -u +%Y-%m-%dT%H%M%SZ)
inside=$WORK/$stamp
mkdir -p "$inside" "$OUT"

exec 9> "$WORK/lock"
flock -n 9 || { echo "refit.sh: another run is still at it" >&2; exit 75; }
if [ -e "$WORK/fitting" ]; then
    echo "refit.sh: a fit did not end: look at $WORK/fitting and at the ledger, then remove that file" >&2
    exit 1
fi

# What a command says was read from private rows, unless it is a refusal's one line: it stays in $WORK.
quietly() {
    name=$1
    shift
    "$@" > "$inside/$name.json" 2> "$inside/$name.txt"
}
refused() {
    tail -n 1 "$inside/$1.txt" >&2
    exit "$2"
}

# 1. Do new rows still look like those of the last fit? 0: yes; 3: fit again; all else is an error.
if [ -e "$MODEL" ]; then
    answer=0
    quietly drift synthgen drift "$MODEL" "$NEW" --json || answer=$?
    case $answer in
        0) exit 0 ;;
        3) ;;
        *) refused drift "$answer" ;;
    esac
fi

# 2. Fit, within what the ledger has left. The new model is what the next run compares with, whatever the gate says:
# otherwise each run of a shut gate would fit again, until the budget is gone. A fit that dies leaves the mark behind.
echo "$stamp" > "$WORK/fitting"
quietly fit synthgen fit "$NEW" --schema "$SCHEMA" --epsilon "$EPSILON" --ledger "$LEDGER" --output "$MODEL" --force \
    --json || refused fit $?
rm "$WORK/fitting"

# 3. The gate. Its table, JUnit and report were read from private rows, and stay in $WORK; the bundle may leave.
quietly release synthgen release "$MODEL" --real "$NEW" --holdout "$HOLDOUT" --policy "$POLICY" --ledger "$LEDGER" \
    --key "$KEY" --by "$BY" --report "$inside/report" --junit "$inside/release.xml" --output "$OUT/$stamp" --json \
    || refused release $?

# 4. What anybody else will check, checked here first.
quietly verify synthgen verify "$OUT/$stamp.zip" --key "$PUBLIC_KEY" --junit "$inside/verify.xml" --json \
    || refused verify $?
