#!/usr/bin/env bash
# Trains one model from the train topic with several processes on this machine, each of which takes its part of the rows.
# When one of them fails, all end; started again, the training continues where it was.
#
#   samples/SusyDemo/train-distributed.sh RANKS [options of "SusyDemo train"]
#   samples/SusyDemo/train-distributed.sh 4 --model network --bootstrap-servers localhost:9092 --schema-registry http://localhost:8081
set -euo pipefail
ranks=${1:?"usage: $0 RANKS [options of \"SusyDemo train\"]"}
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${SUSYDEMO:-"$here/bin/Release/net10.0/SusyDemo"}
[ -x "$program" ] || { echo "Build it first: dotnet build -c Release $here" >&2; exit 2; }
case " $* " in
  *" --model "* | *" -m "*) model=() ;;
  *) model=(--model lightgbm) ;;
esac
case " $* " in
  *" network "*) goes_on=(--resume) ;;
  *" --checkpoint "*) goes_on=() ;;
  *) goes_on=(--checkpoint susy-checkpoint) ;;
esac
port=${MASTER_PORT:-29500}
threads=$(( ($(getconf _NPROCESSORS_ONLN) + ranks - 1) / ranks ))

pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true' EXIT
for ((rank = 0; rank < ranks; rank++)); do
  OMP_NUM_THREADS=$threads "$program" train ${model[@]+"${model[@]}"} --world "$ranks" --rank "$rank" --coordinator "127.0.0.1:$port" ${goes_on[@]+"${goes_on[@]}"} "$@" &
  pids+=($!)
done

code=0
for pid in "${pids[@]}"; do
  wait "$pid" || code=$?
done
exit "$code"
