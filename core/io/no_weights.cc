#include "core/io/no_weights.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace asap {
namespace {

struct Beginning {
  absl::string_view bytes;
  const char* what;
};

constexpr Beginning kPacked[] = {{{"\x1f\x8b", 2}, "gzip"},
                                 {{"BZh", 3}, "bzip2"},
                                 {{"\xfd\x37zXZ\0", 6}, "xz"},
                                 {{"\x28\xb5\x2f\xfd", 4}, "zstd"},
                                 {{"7z\xbc\xaf\x27\x1c", 6}, "7-Zip"},
                                 {{"Rar!\x1a\x07", 6}, "RAR"},
                                 {{"\x04\x22\x4d\x18", 4}, "lz4"}};

constexpr Beginning kOthers[] = {{{"\x89HDF\r\n\x1a\n", 8}, "an HDF5 file, as Keras writes weights"},
                                 {{"\x93NUMPY", 6}, "an array of NumPy"},
                                 {{"GGUF", 4}, "a GGUF file"},
                                 {{"%PDF-", 5}, "a PDF"},
                                 {{"\x89PNG\r\n", 6}, "a picture (PNG)"}};

bool IsText(absl::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](unsigned char c) { return c >= 0x20 || absl::ascii_isspace(c); });
}

}  // namespace

std::string WhatIsNoWeights(absl::string_view first, uint64_t size) {
  if (size == 0) return "the file is empty; a download or a copy failed: get it again";
  if (absl::StartsWith(first, "version https://git-lfs.github.com/spec/")) {
    return absl::StrCat("a Git LFS pointer of ", size,
                        " bytes, which stands for weights that are not here: run `git lfs pull` in the clone, or download the "
                        "file itself");
  }
  for (const Beginning& packed : kPacked) {
    if (absl::StartsWith(first, packed.bytes)) return absl::StrCat("packed with ", packed.what, ": unpack it first");
  }
  for (const Beginning& other : kOthers) {
    if (absl::StartsWith(first, other.bytes)) {
      return absl::StrCat(other.what, ", which is not read: save the weights with torch.save or as safetensors");
    }
  }
  // A byte order mark, blanks, and then a tag or a brace.
  absl::string_view text = absl::StripLeadingAsciiWhitespace(absl::StripPrefix(first, "\xef\xbb\xbf"));
  const std::string lower = absl::AsciiStrToLower(text);
  for (const char* tag : {"<!doctype", "<html", "<head", "<body", "<?xml", "<!--", "<error"}) {
    if (!absl::StartsWith(lower, tag)) continue;
    return "a web page (HTML or XML), as a link gives that asks to sign in or shows the file: download the file itself";
  }
  // The ninth byte of safetensors is a brace, and what stands before it is a number that may look like text.
  const bool safetensors = first.size() > 8 && first[8] == '{' && first[7] == '\0';
  if (!safetensors && !first.empty() && IsText(first)) {
    return absl::StartsWith(text, "{") || absl::StartsWith(text, "[")
               ? "JSON text, as an index of shards or a server's answer: name the weights' file or their folder"
               : "plain text, no weights: name the weights' file, or get it again";
  }
  if (first.size() >= 9 && first.find_first_not_of('\0') == absl::string_view::npos) {
    return "it begins with zeros alone, as an unfinished download or copy leaves it: get it again";
  }
  return "";
}

}  // namespace asap
