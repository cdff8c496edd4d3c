#!/usr/bin/env bash
# OpenFaaS Community Edition and Obscura on the cluster that kubectl points at.
# usage: scripts/openfaas.sh [--dry-run] [--yes] [up|deploy|test|down]
#   up       install OpenFaaS; then deploy
#   deploy   build and push the images, deploy every function of stack.yml and the rest (deploy/kubernetes)
#   test     the acceptance tests against the cluster's gateway
#   down     take the functions, what stands beside them, and OpenFaaS away
# Every verb may be repeated. --dry-run, or DRY_RUN=1, prints the commands instead and needs no tool; down asks first,
# unless --yes.
# REGISTRY  where images are pushed; CE pulls only what anybody can pull, such as ghcr.io/you
# TAG (latest), PLATFORMS (linux/amd64), LOCAL_REGISTRY=1 (the docker at hand pushes without buildx),
# STORE_URL, CACHE_URL (those of deploy/kubernetes), EXTRAS=0 (without deploy/kubernetes)
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/arguments.sh
read_arguments "$@"
need_for "$verb"
gateway_port=${GATEWAY_PORT:-8080}
export OPENFAAS_URL="http://127.0.0.1:$gateway_port"
export TAG=${TAG:-latest}
chart=15.0.6

# Forwards the gateway to this machine until the script ends, and logs in.
reach() {
  echo "+ kubectl port-forward --namespace openfaas svc/gateway $gateway_port:8080 &"
  echo '+ faas-cli login --username admin --password-stdin'
  if [ -n "$DRY_RUN" ]; then return; fi
  kubectl port-forward --namespace openfaas svc/gateway "$gateway_port:8080" >/dev/null &
  trap 'kill $! 2>/dev/null || true' EXIT
  for _ in {1..50}; do curl -sf "$OPENFAAS_URL/healthz" >/dev/null && break; sleep 0.2; done
  password | faas-cli login --username admin --password-stdin
}

password() {
  kubectl get secret --namespace openfaas basic-auth -o jsonpath='{.data.basic-auth-password}' | base64 --decode
}

# The store's keys are made once: what is there is left alone. They never stand in a command that is printed.
store_keys() {
  echo '+ the secrets store-access-key and store-secret-key, in obscura and in openfaas-fn'
  if [ -n "$DRY_RUN" ] || kubectl get secret --namespace obscura store >/dev/null 2>&1; then return; fi
  local key
  key=$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')
  printf 'obscura' |
    kubectl create secret generic --namespace openfaas-fn store-access-key --from-file=store-access-key=/dev/stdin
  printf '%s' "$key" |
    kubectl create secret generic --namespace openfaas-fn store-secret-key --from-file=store-secret-key=/dev/stdin
  printf 'ROOT_ACCESS_KEY=obscura\nROOT_SECRET_KEY=%s\n' "$key" |
    kubectl create secret generic --namespace obscura store --from-env-file=/dev/stdin
}

install() {
  run kubectl apply -f https://raw.githubusercontent.com/openfaas/faas-netes/master/namespaces.yml
  run helm repo add --force-update openfaas https://openfaas.github.io/faas-netes/
  # A cold start and the longest pipeline must fit: functions 58 s, the gateway 60/65 s.
  run helm upgrade --install openfaas openfaas/openfaas --version "$chart" --namespace openfaas --wait \
    --set functionNamespace=openfaas-fn --set generateBasicAuth=true \
    --set gateway.upstreamTimeout=60s --set gateway.readTimeout=65s --set gateway.writeTimeout=65s \
    --set faasnetes.readTimeout=65s --set faasnetes.writeTimeout=65s
  run kubectl rollout status --namespace openfaas deploy/gateway
}

# What stands beside the functions, with the images of REGISTRY and TAG in its manifests.
extras() {
  if [ -n "${LOCAL_REGISTRY:-}" ]; then
    run npm run images -- grpc-edge idler
    for name in grpc-edge idler; do run docker push "$REGISTRY/$name:$TAG"; done
  else
    run npm run images -- grpc-edge idler --push --platforms "${PLATFORMS:-linux/amd64}"
  fi
  run kubectl apply -f deploy/kubernetes/namespace.yaml
  store_keys
  local rename="s#ghcr.io/obscura/(grpc-edge|idler):latest#$REGISTRY/\\1:$TAG#"
  echo "+ kubectl kustomize deploy/kubernetes | sed -E '$rename' | kubectl apply -f -"
  if [ -z "$DRY_RUN" ]; then kubectl kustomize deploy/kubernetes | named | kubectl apply -f -; fi
}

# The images of the manifests, by the names under which they were pushed.
named() {
  sed -E "s#ghcr.io/obscura/(grpc-edge|idler):latest#$REGISTRY/\\1:$TAG#"
}

deploy() {
  : "${REGISTRY:?Set REGISTRY to where images are pushed and can be pulled by anybody, such as ghcr.io/you}"
  export REGISTRY
  local secrets=()
  if [ "${EXTRAS:-1}" = 1 ]; then
    # `public=`: nobody outside reaches this store, so pictures come through the gateway.
    export STORE_URL="${STORE_URL:-s3://obscura?endpoint=http://store.obscura:7070&region=us-east-1&public=}"
    export CACHE_URL="${CACHE_URL:-redis://cache.obscura:6379}"
    secrets=(--secret store-access-key --secret store-secret-key)
    extras
  fi
  if [ -n "${LOCAL_REGISTRY:-}" ]; then
    run faas-cli build -f stack.yml
    run faas-cli push -f stack.yml
  else
    run faas-cli publish -f stack.yml --platforms "${PLATFORMS:-linux/amd64}"
  fi
  reach
  run faas-cli deploy -f stack.yml ${secrets[@]+"${secrets[@]}"}
  run faas-cli ready frontend-fn
  echo
  local forward="kubectl port-forward --namespace openfaas svc/gateway $gateway_port:8080"
  echo "$OPENFAAS_URL/function/frontend-fn    ($forward)"
}

acceptance() {
  reach
  echo "+ GATEWAY_URL=$OPENFAAS_URL npm run test:openfaas"
  if [ -n "$DRY_RUN" ]; then return; fi
  GATEWAY_URL=$OPENFAAS_URL GATEWAY_PASSWORD=$(password) npm run test:openfaas
}

remove() {
  confirm "This takes OpenFaaS, the functions, their store and its pictures away from $(context)."
  run kubectl delete --ignore-not-found -k deploy/kubernetes
  run helm uninstall openfaas --namespace openfaas --ignore-not-found --wait
  run kubectl delete --ignore-not-found namespace openfaas-fn openfaas obscura
}

context() {
  if [ -n "$DRY_RUN" ]; then echo 'the cluster'; else kubectl config current-context; fi
}

case $verb in
  up) install; deploy ;;
  deploy) deploy ;;
  test) acceptance ;;
  down) remove ;;
esac
