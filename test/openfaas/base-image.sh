#!/usr/bin/env bash
# Makes a base image where no image registry can be reached: Debian's smallest system from Debian's packages, Node and
# npm from npm's registry. usage: test/openfaas/base-image.sh NAME [amd64|arm64]
# then NODE_IMAGE=NAME npm run test:openfaas
# Needs root, mmdebstrap (a Debian package), npm and a Docker engine; takes a minute or two. NODE_VERSION is the
# major version of Node.
# For the other processor than this machine's also qemu-user-static and binfmt-support, and ten times the time.
set -euo pipefail
name=${1:?Name the image, such as obscura-base:node24}
architecture=${2:-$(dpkg --print-architecture)}
case $architecture in
  amd64) machine=x64 ;;
  arm64) machine=arm64 ;;
  *) echo "npm has no Node for $architecture" >&2; exit 1 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

node_package=node-linux-$machine
npm install --silent --no-save --ignore-scripts --force --prefix "$folder/npm" \
  "$node_package@${NODE_VERSION:-24}" npm@11
mkdir -p "$folder/local/bin" "$folder/local/lib/node_modules"
cp "$folder/npm/node_modules/$node_package/bin/node" "$folder/local/bin/"
cp -R "$folder/npm/node_modules/npm" "$folder/local/lib/node_modules/"
for command in npm npx; do
  ln -s "../lib/node_modules/npm/bin/$command-cli.js" "$folder/local/bin/$command"
done

# What a slim image leaves out, too: manuals and translations. In a mount namespace of its own, and without /proc, which
# nothing here needs: a mount that is busy when it is done can neither fail it nor stay behind.
unshare --mount --propagation private mmdebstrap --quiet --skip=chroot/mount/proc \
  --variant=minbase --architectures="$architecture" \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --include=libstdc++6 --customize-hook="copy-in $folder/local/bin $folder/local/lib /usr/local" \
  "${SUITE:-bookworm}" "$folder/system.tar"
# Built and not imported: only so it is known to be for this processor.
mkdir "$folder/context"
mv "$folder/system.tar" "$folder/context/"
printf 'FROM scratch\nADD system.tar /\nCMD ["node"]\n' >"$folder/context/Dockerfile"
DOCKER_BUILDKIT=1 docker build --quiet --platform "linux/$architecture" --tag "$name" "$folder/context" >/dev/null
docker run --rm "$name" node --version
