#!/usr/bin/env bash
# Obscura on Minikube: a cluster, OpenFaaS, the functions. usage: REGISTRY=ghcr.io/you scripts/minikube.sh
set -euo pipefail
cd "$(dirname "$0")"
command -v minikube >/dev/null || { echo 'minikube is needed and not installed.' >&2; exit 1; }
if [ -n "${DRY_RUN:-}" ]; then
  echo '+ minikube start --cpus 4 --memory 6g'
else
  minikube status >/dev/null 2>&1 || minikube start --cpus "${CPUS:-4}" --memory "${MEMORY:-6g}"
fi
exec ./openfaas.sh
