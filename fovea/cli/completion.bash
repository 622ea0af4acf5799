# bash completion for fovea. The words come from the program itself: `fovea completion words WORD... CURRENT`.
_fovea() {
  local line=${COMP_LINE:0:COMP_POINT} words current reply
  read -r -a words <<< "$line"
  # Behind a space a new word begins. COMP_WORDS would not do: bash cuts --flag=value and KEY=VALUE into pieces.
  if [[ $line == *[[:space:]] ]]; then words+=(""); fi
  current=${words[-1]}
  # one thread policy of its own, so that the program need not start itself a second time
  mapfile -t reply < <(OMP_WAIT_POLICY=passive "${words[0]/#\~/$HOME}" completion words "${words[@]:1}" 2> /dev/null)
  # bash replaces only what stands behind the last of its word breaks
  if [[ $current == *=* && $COMP_WORDBREAKS == *=* ]]; then reply=("${reply[@]#"${current%=*}="}"); fi
  if [[ ${#reply[@]} -eq 1 && ${reply[0]} == *= ]]; then compopt -o nospace 2> /dev/null || true; fi
  COMPREPLY=("${reply[@]}")
}
complete -o default -F _fovea fovea
