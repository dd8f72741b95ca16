// The flags of tools:pretrain, by what they are about. tools/configs/*.flags hold the named sets of values.
#include "tools/pretrain/flags.h"

// The run.
DEFINE_string(
    config, "demo",
    "Named set of flags that is read first: demo (small, two minutes on two cores) or vit_b (the published configuration).");
DEFINE_string(output_dir, "", "Folder for weights, checkpoints, logs and curves. Empty: asap_runs/CONFIG.");
DEFINE_string(resume, "auto",
              "auto goes on from the newest valid checkpoint of the output folder; never starts anew; a path goes on from that "
              "checkpoint.");
DEFINE_uint64(seed, 42, "Seed of weights, order, crops, masks and dropout: the same seed gives the same losses to the last bit.");
DEFINE_bool(dry_run, false, "Open the data, build the model, take one step that is not kept, print the plan and stop.");
DEFINE_string(device, "cpu",
              "cpu, cuda, or cuda:N. A GPU needs LibTorch's CUDA half: LIBTORCH_PATH names an installed torch, or build with "
              "ASAP_CUDA=1.");
DEFINE_string(precision, "f32", "f32 or bf16 (autocast: weights and optimiser stay float32).");
DEFINE_bool(
    checkpoint_blocks, false,
    "Keep only the inputs of the transformer blocks and run these again in the backward pass: less memory, more time, the "
    "same numbers.");
DEFINE_bool(update_in_backward, false,
            "Update each parameter within the backward pass and drop its gradient: less memory, the same numbers. Needs "
            "--accumulate=1 and --clip_grad_norm=0.");
DEFINE_string(
    text_cache, "",
    "Folder where features of findings from a frozen text encoder are kept from epoch to epoch; runs may share it. Empty: "
    "they are computed each time.");
DEFINE_int32(text_cache_gb, 50, "The text cache takes no more than this.");
DEFINE_int32(threads, 1, "Loader threads that read and crop ahead; 0 loads within the step. The losses do not depend on it.");
DEFINE_int32(queue_mb, 1024, "Memory for batches that are read ahead; one batch is always allowed.");
DEFINE_int32(compute_threads, 0, "Threads of the tensor operations; 0 takes all cores.");
DEFINE_string(backend, "auto",
              "By what several processes exchange gradients: nccl between GPUs, gloo through the memory of the hosts, auto for "
              "the one that fits --device.");
DEFINE_int32(rank_timeout, 600,
             "Seconds for which one of several processes waits for the others before the job ends and names the late one.");

// The data.
DEFINE_string(data, "phantom", "Registered dataset: phantom (embedded, synthetic), pairs (a CSV), ct_rate (published layout).");
DEFINE_string(data_root, "", "Folder of the dataset (ct_rate).");
DEFINE_string(pairs, "", "CSV with columns volume, findings, impression, patient, and optionally mask and split (data=pairs).");
DEFINE_string(data_options, "", "The dataset's own parameters, e.g. cases=1000,site=mixed for the phantom.");
DEFINE_string(split, "train", "Split to train on; where the dataset has none, all cases are taken.");
DEFINE_string(on_bad_case, "fail", "fail stops at a case that cannot be read; skip leaves it out and counts it at the end.");
DEFINE_bool(verify, true, "Check all cases of a dataset on files before training.");
DEFINE_string(
    cache_dir, "auto",
    "Folder for decoded volumes of datasets on files; auto is ~/.cache/asap/volumes, none keeps no cache. May be shared "
    "by runs.");
DEFINE_double(cache_gb, 0,
              "Most that the cache takes, in GB; the least recently used volumes go first. 0: 100, or half of the free disk if "
              "that is less.");

// The model.
DEFINE_string(volume, "224x224x112", "Voxels of the input along Right, Anterior, Superior.");
DEFINE_string(spacing, "1.5x1.5x3.0",
              "Spacing of the input's voxels in mm, as tools:preprocess made it; volumes of another are warned of.");
DEFINE_string(patch, "16x16x8", "Voxels of a patch.");
DEFINE_int32(width, 768, "Width of the image encoder; divisible by 6 and by the heads.");
DEFINE_int32(depth, 12, "Blocks of the image encoder.");
DEFINE_int32(heads, 12, "Attention heads of the image encoder.");
DEFINE_int32(decoder_width, 768, "Width of the image decoder.");
DEFINE_int32(decoder_depth, 4, "Blocks of the image decoder, 2 at least: the injection head reads the second.");
DEFINE_int32(decoder_heads, 16, "Attention heads of the image decoder.");
DEFINE_double(mask_ratio, 0.75, "Share of patches hidden from the image encoder.");
DEFINE_string(
    text_encoder, "learned",
    "learned: a small BERT trained along; minilm: all-MiniLM-L6-v2, frozen; or the path of a BERT such as CXR-BERT, frozen: a "
    "folder with config.json and model.safetensors or pytorch_model.bin.");
DEFINE_string(
    tokenizer, "",
    "learn (a SentencePiece vocabulary from the reports), or the path of a tokenizer.json or SentencePiece model. Empty: learn "
    "for a learned text encoder, else the one beside the encoder's weights.");
DEFINE_int32(vocabulary, 600, "Pieces of a learnt vocabulary.");
DEFINE_int32(text_length, 512, "Tokens of a report; longer ones are cut.");
DEFINE_int32(text_width, 96, "Width of a learned text encoder.");
DEFINE_int32(text_depth, 2, "Layers of a learned text encoder.");
DEFINE_int32(text_heads, 4, "Attention heads of a learned text encoder.");
DEFINE_int32(report_depth, 6, "Layers of the report decoder after the fusion layer.");
DEFINE_int32(report_heads, 6, "Attention heads of the report decoder.");
DEFINE_int32(report_hidden, 1536, "Hidden width of the report decoder's feed-forward layers.");
DEFINE_string(
    init, "",
    "Weights to start from: any subset of the model's names, in safetensors or a PyTorch .pth; a report of keys is printed.");

// The method. docs/explanation/upstream.md explains each deviation from the published code.
DEFINE_string(
    losses, "image,report,alignment,injection",
    "Losses to sum; leaving some out is an ablation. global, a contrast of whole volumes and reports, is a baseline's.");
DEFINE_bool(upstream_compat, false, "The published code's behaviour, number for number; overrides the flags below.");
DEFINE_bool(adaptive_k_gradient, true, "The number of patches a sentence selects learns, by a straight-through gradient.");
DEFINE_int32(fixed_k, 0, "Patches that every sentence selects, a baseline's; 0: each sentence chooses its own number.");
DEFINE_double(grounding_scale, 1.0, "Weight of the sentence-to-patch similarity in the report's cross-attention; 0 is off.");
DEFINE_bool(exclude_padding_sentences, true, "Padding sentences stay out of pooled features and contrastive denominators.");
DEFINE_bool(masked_tokens_only, true, "The language loss reads masked real tokens only.");
DEFINE_bool(masked_voxels_mean, true, "The image loss is the mean over masked patches rather than over all of them.");
DEFINE_bool(norm_pix_loss, true, "The image loss compares with patches normalised to mean 0 and variance 1.");
DEFINE_double(text_mask_ratio, 0.75, "Share of report tokens that are masked.");

// Augmentation.
DEFINE_double(crop_scale, 0.8, "The random crop keeps at least this share of each axis before the input's size is taken.");
DEFINE_double(flip_probability, 0.2, "Probability of mirroring, for each axis.");
DEFINE_double(shift_probability, 0.1, "Probability of an intensity shift of up to 0.1 of the scaled range.");

// Optimisation.
DEFINE_int32(epochs, 0, "Epochs to train; exclusive with --steps.");
DEFINE_int32(steps, 0, "Optimiser steps to train; exclusive with --epochs.");
DEFINE_int32(batch_size, 14, "Cases of a micro-step.");
DEFINE_int32(accumulate, 1, "Micro-steps of an optimiser step, of each process.");
DEFINE_double(lr, 1.5e-4, "Peak learning rate.");
DEFINE_double(min_lr, 0, "Learning rate at the end of the cosine.");
DEFINE_double(warmup, 0.1, "Share of the training that warms up linearly.");
DEFINE_double(weight_decay, 0.05, "Decoupled weight decay of matrices.");
DEFINE_double(clip_grad_norm, 0, "Clip the gradient's L2 norm at this value; 0 does not clip.");
DEFINE_int32(max_bad_steps, 10,
             "Stop after this many steps in a row whose loss or gradient is not finite; such steps are skipped.");

// Logs and checkpoints.
DEFINE_int32(log_every, 10, "Optimiser steps between two lines of log.jsonl and of the TensorBoard events.");
DEFINE_int32(checkpoint_every, 500, "Optimiser steps between two checkpoints; one is always written at the end and on a signal.");
DEFINE_int32(keep_checkpoints, 2, "Newest checkpoints to keep.");
