// Declarations of the flags of tools:pretrain. Only this package reads them.
#ifndef ASAP_TOOLS_PRETRAIN_FLAGS_H_
#define ASAP_TOOLS_PRETRAIN_FLAGS_H_

#include <gflags/gflags.h>

DECLARE_string(config);
DECLARE_string(output_dir);
DECLARE_string(resume);
DECLARE_uint64(seed);
DECLARE_bool(dry_run);
DECLARE_string(device);
DECLARE_string(precision);
DECLARE_bool(checkpoint_blocks);
DECLARE_bool(update_in_backward);
DECLARE_string(text_cache);
DECLARE_int32(text_cache_gb);
DECLARE_int32(threads);
DECLARE_int32(queue_mb);
DECLARE_int32(compute_threads);
DECLARE_string(backend);
DECLARE_int32(rank_timeout);
DECLARE_string(data);
DECLARE_string(data_root);
DECLARE_string(pairs);
DECLARE_string(data_options);
DECLARE_string(split);
DECLARE_string(on_bad_case);
DECLARE_bool(verify);
DECLARE_string(cache_dir);
DECLARE_double(cache_gb);
DECLARE_string(volume);
DECLARE_string(spacing);
DECLARE_string(patch);
DECLARE_int32(width);
DECLARE_int32(depth);
DECLARE_int32(heads);
DECLARE_int32(decoder_width);
DECLARE_int32(decoder_depth);
DECLARE_int32(decoder_heads);
DECLARE_double(mask_ratio);
DECLARE_string(text_encoder);
DECLARE_string(tokenizer);
DECLARE_int32(vocabulary);
DECLARE_int32(text_length);
DECLARE_int32(text_width);
DECLARE_int32(text_depth);
DECLARE_int32(text_heads);
DECLARE_int32(report_depth);
DECLARE_int32(report_heads);
DECLARE_int32(report_hidden);
DECLARE_string(init);
DECLARE_string(losses);
DECLARE_bool(upstream_compat);
DECLARE_bool(adaptive_k_gradient);
DECLARE_int32(fixed_k);
DECLARE_double(grounding_scale);
DECLARE_bool(exclude_padding_sentences);
DECLARE_bool(masked_tokens_only);
DECLARE_bool(masked_voxels_mean);
DECLARE_bool(norm_pix_loss);
DECLARE_double(text_mask_ratio);
DECLARE_double(crop_scale);
DECLARE_double(flip_probability);
DECLARE_double(shift_probability);
DECLARE_int32(epochs);
DECLARE_int32(steps);
DECLARE_int32(batch_size);
DECLARE_int32(accumulate);
DECLARE_double(lr);
DECLARE_double(min_lr);
DECLARE_double(warmup);
DECLARE_double(weight_decay);
DECLARE_double(clip_grad_norm);
DECLARE_int32(max_bad_steps);
DECLARE_int32(log_every);
DECLARE_int32(checkpoint_every);
DECLARE_int32(keep_checkpoints);

#endif  // ASAP_TOOLS_PRETRAIN_FLAGS_H_
