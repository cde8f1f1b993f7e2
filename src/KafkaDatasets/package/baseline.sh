#!/usr/bin/env bash
# Writes down the public API of now as KafkaDatasets.baseline.nupkg, a package that holds nothing but a reference assembly.
# "dotnet pack" fails when a later API lacks anything of it. Run this after adding to the API; nothing may be lost between two baselines.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet pack -c Release -o "$work" -p:WriteBaseline=true -p:PackageValidationBaselinePath="${1-$PWD/package/KafkaDatasets.baseline.nupkg}" \
  -p:IntermediateOutputPath="$work/obj/" -p:OutputPath="$work/bin/" -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false
mv "$work"/KafkaDatasets.*.nupkg package/KafkaDatasets.baseline.nupkg
