#!/usr/bin/env bash
# Obscura on Google Kubernetes Engine: a cluster, OpenFaaS, the functions.
# usage: PROJECT=my-project REGISTRY=ghcr.io/you scripts/gke.sh      ZONE, CLUSTER, MACHINE and NODES may be set too.
set -euo pipefail
cd "$(dirname "$0")"
command -v gcloud >/dev/null || { echo 'gcloud is needed and not installed.' >&2; exit 1; }
: "${PROJECT:?Set PROJECT to your Google Cloud project}"
zone=${ZONE:-europe-west1-b}
cluster=${CLUSTER:-obscura}
run() {
  echo "+ $*"
  if [ -z "${DRY_RUN:-}" ]; then "$@"; fi
}
if [ -n "${DRY_RUN:-}" ] || ! gcloud container clusters describe "$cluster" --project "$PROJECT" --zone "$zone" >/dev/null 2>&1; then
  run gcloud container clusters create "$cluster" --project "$PROJECT" --zone "$zone" \
    --machine-type "${MACHINE:-e2-standard-2}" --num-nodes 1 \
    --enable-autoscaling --min-nodes 1 --max-nodes "${NODES:-3}"
fi
run gcloud container clusters get-credentials "$cluster" --project "$PROJECT" --zone "$zone"
account=${ACCOUNT:-$(gcloud config get-value core/account 2>/dev/null || true)}
# Installing OpenFaaS creates roles, which only a cluster administrator may.
run kubectl create clusterrolebinding "cluster-admin-$(id -un)" --clusterrole=cluster-admin --user="$account" || true
exec ./openfaas.sh
