#!/usr/bin/env bash
# Builds Kubernetes' API server from its published Go modules, for kubernetes.test.ts: no cluster, no download of
# binaries. usage: test/kubernetes/build-apiserver.sh FILE      needs Go; takes some minutes. K8S is the minor version.
set -euo pipefail
out=$(realpath -m "${1:?Name the file to write}")
minor=${K8S:-1.35}
version=$(go list -m -versions k8s.io/kubernetes | tr ' ' '\n' | grep -E "^v${minor//./\\.}\.[0-9]+$" | tail -1)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
source=$(go mod download -json "k8s.io/kubernetes@$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
# Kubernetes' own module takes the parts it is published in from folders beside it; here they are the published ones.
{
  printf 'module apiserver\ngo 1.25\nrequire k8s.io/kubernetes %s\n' "$version"
  sed -n 's#^\s*\(k8s\.io/[a-z0-9-]*\) => ./staging.*#replace \1 => \1 v0.'"${version#v1.}"'#p' "$source/go.mod"
} > go.mod
printf '//go:build tools\npackage apiserver\nimport _ "k8s.io/kubernetes/cmd/kube-apiserver"\n' > tools.go
GOFLAGS='-mod=mod -buildvcs=false' go build -trimpath -ldflags '-s -w' -o "$out" k8s.io/kubernetes/cmd/kube-apiserver
echo "$out is Kubernetes $version"
