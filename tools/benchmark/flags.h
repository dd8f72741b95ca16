// The flags of tools:benchmark.
#ifndef ASAP_TOOLS_BENCHMARK_FLAGS_H_
#define ASAP_TOOLS_BENCHMARK_FLAGS_H_

#include <gflags/gflags.h>

DECLARE_string(encoder);
DECLARE_string(tasks);
DECLARE_string(data);
DECLARE_string(data_root);
DECLARE_string(splits);
DECLARE_string(protocol);
DECLARE_string(fractions);
DECLARE_string(seeds);
DECLARE_string(task_options);
DECLARE_int32(resamples);
DECLARE_string(output_dir);
DECLARE_string(cache_dir);
DECLARE_string(device);
DECLARE_int32(threads);
DECLARE_int32(jobs);
DECLARE_int32(batch_size);
DECLARE_int32(phantom_cases);
DECLARE_string(phantom_size);
DECLARE_uint64(phantom_seed);
DECLARE_int32(worst_cases);
DECLARE_string(baseline);
DECLARE_bool(write_baseline);
DECLARE_bool(help_tasks);

#endif  // ASAP_TOOLS_BENCHMARK_FLAGS_H_
