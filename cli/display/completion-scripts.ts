/** Scripts by which shells complete `kiln`. Each asks `kiln completion suggest WORD…`, whose first line is about paths. */

/** `COMP_WORDS` has `=` as a word of its own, and what is put there is what stands behind it. */
const bash = `# bash completion for kiln
_kiln() {
  local IFS=$'\\n' cur="\${COMP_WORDS[COMP_CWORD]}" lines words=() word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do [[ "$word" == = ]] || words+=("$word"); done
  [[ "$cur" == = ]] && cur="" && words+=("")
  mapfile -t lines < <(kiln completion suggest "\${words[@]}" 2>/dev/null)
  COMPREPLY=()
  local line
  for line in "\${lines[@]:1}"; do COMPREPLY+=("\${line%%$'\\t'*}"); done
  case "\${lines[0]}" in
    file) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur")) ;;
    folder) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$cur")) ;;
  esac
}
complete -F _kiln kiln
`;

const zsh = `#compdef kiln
_kiln() {
  local -a lines suggestions
  lines=("\${(@f)$(kiln completion suggest "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  local line
  for line in "\${(@)lines[2,-1]}"; do
    [[ -n "$line" ]] && suggestions+=("\${\${line%%$'\\t'*}//:/\\\\:}\${\${line#*$'\\t'}:+:\${line#*$'\\t'}}")
  done
  (( \${#suggestions} )) && _describe 'kiln' suggestions
  case "\${lines[1]}" in
    file) _files ;;
    folder) _files -/ ;;
  esac
}
if [[ "\${funcstack[1]}" == "_kiln" ]]; then _kiln "$@"; else compdef _kiln kiln; fi
`;

const fish = `# fish completion for kiln
function __kiln_suggest
  set -l words (commandline -opc) (commandline -ct)
  set -l lines (kiln completion suggest $words[2..-1] 2>/dev/null)
  for line in $lines[2..-1]
    echo $line
  end
  switch "$lines[1]"
    case file
      __fish_complete_path (commandline -ct)
    case folder
      __fish_complete_directories (commandline -ct)
  end
end
complete -c kiln -f -a '(__kiln_suggest)'
`;

export const COMPLETION_SCRIPTS = { bash, zsh, fish } as const;
export type Shell = keyof typeof COMPLETION_SCRIPTS;
