#!/bin/sh
# Typesets every tables/*.tex below the given folders with pdfLaTeX, each with the caption from its comment,
# and fails if one does not compile:
#   scripts/latex-test.sh results/sparse-recovery/published
set -eu
[ $# -gt 0 ] || { echo "usage: $0 FOLDER..." >&2; exit 2; }
command -v pdflatex >/dev/null || { echo "skipped: scripts/latex-test.sh: no pdflatex on this machine"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find "$@" -path '*/tables/*.tex' | sort >"$work/list"
[ -s "$work/list" ] || { echo "no tables/*.tex below $*" >&2; exit 1; }
{
  printf '%s\n' '\documentclass{article}' '\usepackage[paperwidth=2000mm,paperheight=2000mm,margin=10mm]{geometry}' \
    '\usepackage{booktabs}' '\begin{document}'
  number=0
  while read -r file; do
    number=$((number + 1))
    cp "$file" "$work/table-$number.tex"
    # Not in a float: LaTeX would hold back a long table.
    printf '\\typeout{TABLE %s}\n{\\centering\\input{table-%s}\\par}\n' "$number" "$number"
    caption=$(sed -n 's/^% \\caption{\(.*\)}$/\1/p' "$file")
    [ -n "$caption" ] || { echo "$file: no caption" >&2; exit 1; }
    printf '%s\n\\clearpage\n' "$caption"
  done <"$work/list"
  printf '%s\n' '\end{document}'
} >"$work/all.tex"
cd "$work"
if ! pdflatex -halt-on-error -interaction=nonstopmode all.tex >log 2>&1; then
  grep -A 4 '^!' log >&2 || tail -n 20 log >&2
  number=$(sed -n 's/^TABLE \([0-9]*\).*/\1/p' log | tail -n 1)
  echo "in $(sed -n "${number}p" list)" >&2
  exit 1
fi
if grep -E 'Missing character|LaTeX Warning: Command .* invalid|Font Warning.*not available' log >&2; then
  exit 1
fi
echo "$(wc -l <list) tables compile"
