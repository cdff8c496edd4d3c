/*
 * Completion scripts. Each runs `obscura __complete WORD…`, which prints the kind, then a candidate on each line with a
 * tab and its description. The shell itself completes `files` and `folders`.
 */

const bash = String.raw`# Completion of obscura for bash: eval "$(obscura completion bash)"
_obscura() {
  local words=() word head='' glued='' quoted='' kind value about
  # Bash splits words at : and =; the command does not.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ -n $glued || ( $word == [:=]* && \${#words[@]} -gt 0 ) ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    [[ $word == *[:=] ]] && glued=1 || glued=''
  done
  word=\${words[\${#words[@]}-1]}
  # Within quotes bash replaces the whole word, otherwise what follows the last : or =.
  case $word in
    [\"\']*) quoted=1 word=\${word:1} ;;
    *[:=]*) head=\${word%"\${word##*[:=]}"} ;;
  esac
  words[\${#words[@]}-1]=$word
  COMPREPLY=()
  {
    read -r kind
    while IFS=$'\t' read -r value about; do COMPREPLY+=("\${value#"$head"}"); done
  } < <("$1" __complete "\${words[@]}" 2>/dev/null)
  case $kind in
    files) compopt -o default ;;
    folders) compopt -o dirnames ;;
    open)
      compopt -o nospace
      # A second candidate keeps bash from closing the quotes after the first.
      [[ $quoted && \${#COMPREPLY[@]} -eq 1 ]] && COMPREPLY+=("\${COMPREPLY[0]}…")
      ;;
  esac
}
complete -F _obscura obscura
`;

const zsh = String.raw`#compdef obscura
# Completion of obscura for zsh: eval "$(obscura completion zsh)", after compinit
_obscura() {
  local -a lines described
  local line value
  lines=("\${(@f)$("$words[1]" __complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  case $lines[1] in
    files) _files ;;
    folders) _files -/ ;;
    *)
      for line in "\${(@)lines[2,-1]}"; do
        value=\${line%%$'\t'*}
        described+=("\${value//:/\\:}\${\${line#"$value"}/#$'\t'/:}")
      done
      if [[ $lines[1] == open ]]; then
        _describe -t values obscura described -S ''
      else
        _describe -t values obscura described
      fi
      ;;
  esac
}
if [[ $funcstack[1] == _obscura ]]; then _obscura "$@"; else compdef _obscura obscura; fi
`;

const fish = String.raw`# Completion of obscura for fish: obscura completion fish | source
function __obscura_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct | string replace -r '^["\']' '')
    set -l lines ($before[1] __complete $before[2..] "$current" 2>/dev/null)
    switch $lines[1]
        case files
            __fish_complete_path $current
        case folders
            __fish_complete_directories $current
        case '*'
            printf '%s\n' $lines[2..]
    end
end
complete -c obscura -f -a '(__obscura_complete)'
`;

/** By shell. */
export const scripts: Record<string, string> = Object.fromEntries(
  Object.entries({ bash, zsh, fish }).map(([shell, script]) => [shell, script.replaceAll('\\${', '${')]),
);
