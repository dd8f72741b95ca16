#include "tools/benchmark/flags.h"

// What is measured.
DEFINE_string(
    encoder, "",
    "Encoders, comma-separated, each as FILE, KIND:FILE, KIND or NAME=KIND:FILE. Kinds: asap, mae, global_contrastive, "
    "simcrop (weights of tools:pretrain or of the published code), random (of the first file's architecture), features "
    "(vectors made elsewhere: a .safetensors or .npy). The first is compared with each other. Empty: the demo's encoder, "
    "which is trained if it is not there, and random.");
DEFINE_string(tasks, "...", "Tasks, comma-separated; classification/... is all of a kind, and * stands for any characters.");
DEFINE_string(data, "phantom", "phantom (made in each dataset's published layout) or files (see --data_root).");
DEFINE_string(data_root, "",
              "With --data=files: a folder with one folder for each dataset, by its name (stoic, luna16, ...), or DATASET=FOLDER "
              "pairs, comma-separated.");
DEFINE_string(
    splits, "",
    "The published split lists: the folder Benchmark of a checkout of the published code. Empty: splits by the documented "
    "rule.");
DEFINE_string(protocol, "strict", "strict (nothing is chosen on test data) or paper (as published, quirks included).");
DEFINE_string(fractions, "", "Label fractions in per cent, comma-separated. Empty: each task's own.");
DEFINE_string(seeds, "0,1,2", "Seeds, comma-separated: of label fractions, of heads' starting values and of their batches.");
DEFINE_string(
    task_options, "",
    "Options of tasks, as frozen.views=8,size=full: each goes to all chosen tasks that have it; --help_tasks lists them.");
DEFINE_int32(resamples, 2000, "Bootstrap resamples of patients, for intervals and p-values.");
DEFINE_string(output_dir, "asap_benchmark", "Folder for results.json, index.html, table.md, junit.xml and the runs.");
DEFINE_string(cache_dir, "", "Folder of encoded features, shared by all benchmarks. Empty: OUTPUT_DIR/features.");
DEFINE_string(
    device, "cpu",
    "Where networks compute: cpu, or cuda (cuda:1 for another GPU; docs/how-to/gpu.md). Results of a CPU and of a GPU are "
    "kept apart.");
DEFINE_int32(threads, 0, "Threads. 0: as many as there are cores.");
DEFINE_int32(jobs, 0, "Runs of a task at a time. 0: as many as threads, as far as memory allows.");
DEFINE_int32(batch_size, 8, "Volumes that an encoder takes at a time.");
DEFINE_int32(phantom_cases, 1000, "Cases of each dataset with --data=phantom.");
DEFINE_string(phantom_size, "64x64x32", "Voxels of a phantom scan.");
DEFINE_uint64(phantom_seed, 1000, "Seed of the phantom's patients; another one than pre-training's, so that none is shared.");
DEFINE_int32(worst_cases, 6, "Cases of the greatest loss that the report shows for each task.");
DEFINE_string(baseline, "", "A baseline of an earlier benchmark; what has changed against it is printed.");
DEFINE_bool(write_baseline, false, "Writes OUTPUT_DIR/baseline.json, for --baseline of later ones.");
DEFINE_bool(help_tasks, false, "Prints the tasks, what they measure and how, as docs/reference/tasks.md, and ends.");
