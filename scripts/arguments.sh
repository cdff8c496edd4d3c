# What the cluster scripts share: their arguments, the tools they need, and running or printing a command.

# One verb (up by default) and flags, in any order. Sets verb, DRY_RUN and YES.
read_arguments() {
  local argument
  verb=
  for argument in "$@"; do
    case $argument in
      --dry-run) DRY_RUN=1 ;;
      --yes) YES=1 ;;
      --help | -h) usage; exit 0 ;;
      up | deploy | test | down)
        if [ -n "$verb" ]; then refuse "Say one of up, deploy, test and down, not both $verb and $argument."; fi
        verb=$argument ;;
      *) refuse "\"$argument\" is not known here." ;;
    esac
  done
  verb=${verb:-up}
  export DRY_RUN=${DRY_RUN:-} YES=${YES:-}
}

usage() {
  echo "usage: scripts/${0##*/} [--dry-run] [--yes] [up|deploy|test|down]"
}

refuse() {
  usage >&2
  echo "$1" >&2
  exit 2
}

# Asks before something is taken away; without an answer it stays.
confirm() {
  local answer=
  if [ -n "$DRY_RUN$YES" ]; then return; fi
  printf '%s Type yes to go on: ' "$1" >&2
  read -r answer || true
  if [ "$answer" = yes ]; then export YES=1; return; fi
  echo 'Nothing was changed.' >&2
  exit 1
}

# A plan can be printed where nothing is installed.
need() {
  local command where
  if [ -n "$DRY_RUN" ]; then return; fi
  for command in "$@"; do
    command -v "$command" >/dev/null && continue
    case $command in
      minikube) where=https://minikube.sigs.k8s.io/docs/start/ ;;
      gcloud) where=https://cloud.google.com/sdk/docs/install ;;
      kubectl) where=https://kubernetes.io/docs/tasks/tools/ ;;
      helm) where=https://helm.sh/docs/intro/install/ ;;
      faas-cli) where=https://docs.openfaas.com/cli/install/ ;;
      docker) where=https://docs.docker.com/engine/install/ ;;
      *) where='your package manager' ;;
    esac
    echo "$command is needed and not installed. Get it from $where" >&2
    exit 1
  done
}

# The tools of a verb, asked for before anything is begun.
need_for() {
  case $1 in
    up) need kubectl helm faas-cli docker npm ;;
    deploy) need kubectl faas-cli docker npm ;;
    test) need kubectl faas-cli npm ;;
    down) need kubectl helm ;;
  esac
}

run() {
  echo "+ $*"
  if [ -z "$DRY_RUN" ]; then "$@"; fi
}
