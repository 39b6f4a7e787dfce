#!/bin/sh
# Compares the time of our unpenalised ordinal estimators with R's, one thread each, on the same data.
# Uses the R of the system (Debian: r-base-core r-cran-mass r-cran-ordinal r-cran-nnet).
#
#   scripts/peers/ordinal.sh [DATA.csv]     writes scripts/peers/results/ordinal.md
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
data=${1:-tests/data/presto/d1_sparse_n2500_p10_K4.csv}
if ! command -v Rscript > /dev/null; then
    echo "skipped: no Rscript; on Debian: apt-get install r-base-core r-cran-mass r-cran-ordinal r-cran-nnet" >&2
    exit 0
fi
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
ours=$(cargo bench --quiet --bench ordinal_peer -- "$data")
theirs=$(Rscript "$here/ordinal.R" "$data")
versions=$(Rscript -e 'cat(R.version.string, sprintf("MASS %s, ordinal %s, nnet %s", packageVersion("MASS"), packageVersion("ordinal"), packageVersion("nnet")), sep = "; ")')

# One row per peer: its time, ours, their ratio, both log-likelihoods.
{
    printf '# Ordinal estimators, compared with R\n\n'
    printf 'Data: `%s`. Wall time of the fastest fit on one thread, in one run; %s.\n\n' "$data" "$versions"
    printf '| R | remeasure | R (ms) | ours (ms) | ours / R | log-likelihood, R | ours |\n|---|---|---:|---:|---:|---:|---:|\n'
    printf '%s\n' "$theirs" | while IFS=, read -r name seconds likelihood; do
        case $name in
            polr | clm) mine=proportional-odds ;;
            glm) mine=logistic ;;
            multinom) mine=multinomial ;;
        esac
        printf '%s\n' "$ours" | awk -F, -v peer="$name" -v mine="$mine" -v t="$seconds" -v l="$likelihood" \
            '$1 == mine { printf "| %s | %s | %.2f | %.2f | %.3f | %s | %s |\n", peer, mine, 1000 * t, 1000 * $2, $2 / t, l, $3 }'
    done
    printf '%s\n' "$ours" | awk -F, '$1 == "presto" { printf "\nPRESTO with 5-fold cross-validation over 20 penalties: %.0f ms.\n", 1000 * $2 }'
} > "$here/results/ordinal.md"
cat "$here/results/ordinal.md"
