#!/usr/bin/env bash
# Installs OpenFaaS Community Edition on the cluster that kubectl points at, and deploys every function of stack.yml.
# usage: REGISTRY=ghcr.io/you scripts/openfaas.sh      CE pulls public images only, so REGISTRY must be readable by all.
# DRY_RUN=1 prints the commands instead.
set -euo pipefail
cd "$(dirname "$0")/.."

need() {
  for command in "$@"; do
    command -v "$command" >/dev/null || { echo "$command is needed and not installed." >&2; exit 1; }
  done
}
run() {
  echo "+ $*"
  if [ -z "${DRY_RUN:-}" ]; then "$@"; fi
}

need kubectl helm faas-cli docker
: "${REGISTRY:?Set REGISTRY to where images are pushed and can be pulled by anybody, such as ghcr.io/you}"
export REGISTRY OPENFAAS_URL="${OPENFAAS_URL:-http://127.0.0.1:8080}"

run kubectl apply -f https://raw.githubusercontent.com/openfaas/faas-netes/master/namespaces.yml
run helm repo add --force-update openfaas https://openfaas.github.io/faas-netes/
# A cold start and the longest pipeline must fit: functions 30 s, the gateway 60/65 s.
run helm upgrade --install openfaas openfaas/openfaas --namespace openfaas --wait \
  --set functionNamespace=openfaas-fn --set generateBasicAuth=true \
  --set gateway.upstreamTimeout=60s --set gateway.readTimeout=65s --set gateway.writeTimeout=65s
run kubectl rollout status --namespace openfaas deploy/gateway

if [ -z "${DRY_RUN:-}" ]; then
  kubectl port-forward --namespace openfaas svc/gateway 8080:8080 >/dev/null &
  forward=$!
  trap 'kill "$forward" 2>/dev/null' EXIT
  for _ in $(seq 50); do curl -sf "$OPENFAAS_URL/healthz" >/dev/null && break; sleep 0.2; done
  kubectl get secret --namespace openfaas basic-auth -o jsonpath='{.data.basic-auth-password}' | base64 --decode |
    faas-cli login --username admin --password-stdin
fi

run faas-cli up -f stack.yml --platforms "${PLATFORMS:-linux/amd64}" --publish
run faas-cli ready frontend-fn
echo
echo "$OPENFAAS_URL/function/frontend-fn"
if [ -z "${DRY_RUN:-}" ]; then
  echo 'The gateway is forwarded here until Ctrl-C.'
  wait "$forward"
fi
