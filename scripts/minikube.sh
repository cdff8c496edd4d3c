#!/usr/bin/env bash
# Obscura on Minikube: a cluster on this machine, OpenFaaS, the functions.
# usage: scripts/minikube.sh [--dry-run] [--yes] [up|deploy|test|down]      `down` asks, unless --yes
#   PROFILE (obscura), CPUS (4), MEMORY (6g), DISK (30g), CNI (calico: the network that knows NetworkPolicies)
# With REGISTRY, images go there, and anybody must be able to pull them. Without, they go to a registry inside the
# cluster: Community Edition looks every image up in its registry from a pod, so `minikube image load` is not enough.
# The rest is in scripts/openfaas.sh.
set -euo pipefail
cd "$(dirname "$0")"

. ./arguments.sh
read_arguments "$@"
profile=${PROFILE:-obscura}
need minikube
if [ "$verb" != down ]; then need_for "$verb"; fi

# Private addresses may be registries without TLS: the one inside the cluster is reached by the node's address.
start() {
  if [ -z "$DRY_RUN" ] && minikube status --profile "$profile" >/dev/null 2>&1; then return; fi
  run minikube start --profile "$profile" --cpus "${CPUS:-4}" --memory "${MEMORY:-6g}" --disk-size "${DISK:-30g}" \
    --container-runtime docker --cni "${CNI:-calico}" \
    --insecure-registry 10.0.0.0/8 --insecure-registry 172.16.0.0/12 --insecure-registry 192.168.0.0/16
  # The gRPC edge is scaled by its processors' use, which somebody has to measure.
  run minikube addons enable metrics-server --profile "$profile"
}

# Builds with the cluster's own docker, which trusts its registry.
use_own_registry() {
  if [ -n "${REGISTRY:-}" ]; then return; fi
  run minikube addons enable registry --profile "$profile"
  echo "+ eval \"\$(minikube docker-env --profile $profile)\""
  if [ -n "$DRY_RUN" ]; then
    REGISTRY='<minikube ip>:5000'
  else
    eval "$(minikube docker-env --profile "$profile")"
    REGISTRY="$(minikube ip --profile "$profile"):5000"
  fi
  export REGISTRY LOCAL_REGISTRY=1
}

case $verb in
  up) start; use_own_registry ;;
  deploy) use_own_registry ;;
  test) ;;
  down)
    confirm "This deletes the cluster $profile with everything in it."
    run minikube delete --profile "$profile"
    exit ;;
esac
run kubectl config use-context "$profile"
exec ./openfaas.sh "$verb"
