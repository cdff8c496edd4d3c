#!/usr/bin/env bash
# Obscura on Google Kubernetes Engine: a cluster with one node pool, OpenFaaS, the functions.
# usage: PROJECT=my-project REGISTRY=ghcr.io/you scripts/gke.sh [--dry-run] [--yes] [up|deploy|test|down]
#   REGION (europe-west1), ZONE (REGION-b: one zone, one node to begin with), CLUSTER (obscura),
#   MACHINE (e2-standard-2), NODES (3, at most), SPOT=1 (cheaper nodes that may be taken away)
# What it costs: each node of e2-standard-2 is billed as long as it runs, about 50 US$ a month in most regions; the
# first zonal cluster's management is free, a regional one's is about 73 US$ a month; disks, traffic out and a load
# balancer come on top. See https://cloud.google.com/products/calculator. `down` deletes the cluster with its disks.
# The rest is in scripts/openfaas.sh.
set -euo pipefail
cd "$(dirname "$0")"

. ./arguments.sh
read_arguments "$@"
need gcloud
if [ "$verb" != down ]; then need_for "$verb"; fi
: "${PROJECT:?Set PROJECT to your Google Cloud project}"
zone=${ZONE:-${REGION:-europe-west1}-b}
cluster=${CLUSTER:-obscura}
where=(--project "$PROJECT" --zone "$zone")

exists() {
  [ -z "$DRY_RUN" ] && gcloud container clusters describe "$cluster" "${where[@]}" >/dev/null 2>&1
}

start() {
  if exists; then return; fi
  local spot=()
  if [ -n "${SPOT:-}" ]; then spot=(--spot); fi
  # NetworkPolicies do nothing without a data plane that knows them.
  run gcloud container clusters create "$cluster" "${where[@]}" --machine-type "${MACHINE:-e2-standard-2}" \
    --num-nodes 1 --enable-autoscaling --min-nodes 1 --max-nodes "${NODES:-3}" --enable-dataplane-v2 \
    ${spot[@]+"${spot[@]}"}
}

credentials() {
  run gcloud container clusters get-credentials "$cluster" "${where[@]}"
}

# Installing OpenFaaS creates roles, which only an administrator of the cluster may.
become_administrator() {
  local account=${ACCOUNT:-} binding="cluster-admin-${USER:-$(id -un)}"
  if [ -z "$account" ]; then
    if [ -n "$DRY_RUN" ]; then account='<gcloud config get-value core/account>'
    else account=$(gcloud config get-value core/account 2>/dev/null || true); fi
  fi
  if [ -z "$DRY_RUN" ] && kubectl get clusterrolebinding "$binding" >/dev/null 2>&1; then return; fi
  run kubectl create clusterrolebinding "$binding" --clusterrole=cluster-admin --user="$account"
}

case $verb in
  up) start; credentials; become_administrator ;;
  deploy | test) credentials ;;
  down)
    confirm "This deletes the cluster $cluster of $PROJECT with its disks."
    if [ -n "$DRY_RUN" ] || exists; then run gcloud container clusters delete "$cluster" "${where[@]}" --quiet; fi
    exit ;;
esac
exec ./openfaas.sh "$verb"
