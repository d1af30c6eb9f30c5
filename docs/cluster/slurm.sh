#!/bin/bash
# faceshards under Slurm: a Ray for the time of one job, then the command. `sbatch slurm.sh`
#SBATCH --job-name=faceshards
#SBATCH --nodes=8
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=32
#SBATCH --mem=64G
#SBATCH --time=24:00:00
#SBATCH --requeue

set -euo pipefail
source "$HOME/faceshards/bin/activate" # a virtual environment that all nodes see
export FACESHARDS_SCRATCH=/local/scratch/$USER
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN=$(openssl rand -hex 32) # others use these machines, too

head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
address=$head:6379

srun --nodes=1 --ntasks=1 --nodelist="$head" --overlap \
    ray start --head --port=6379 --num-cpus="$SLURM_CPUS_PER_TASK" --block &
until ray status --address "$address" > /dev/null 2>&1; do sleep 2; done
srun --nodes=$((SLURM_NNODES - 1)) --ntasks=$((SLURM_NNODES - 1)) --exclude="$head" --overlap \
    ray start --address="$address" --num-cpus="$SLURM_CPUS_PER_TASK" --block &

faceshards curate s3://bucket/train_set --stages faces,face_crop,spectrogram,loudness --ray "$address"
