#!/bin/bash
# A sweep on a Slurm cluster: sbatch sweeps/slurm.sh FILE [options of ./sweep run]. One worker a node, a simulator a core.
#SBATCH --job-name=attnsim-sweep
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=32
#SBATCH --time=04:00:00
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:?run it with sbatch, from the repository}"
./sweep --help >/dev/null # installs and builds what is missing
port=$((20000 + SLURM_JOB_ID % 20000))
address=tcp://$(hostname -f):$port
dask-scheduler --port "$port" &
scheduler=$!
trap 'kill "$scheduler"' EXIT
srun dask-worker "$address" --nworkers 1 --nthreads "$SLURM_CPUS_PER_TASK" --local-directory "${TMPDIR:-/tmp}" &
./sweep run "$@" --scheduler "$address"
