#include "core/bytes/gzip.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/crc32.h"
#include "core/base/parallel_for.h"
#include "core/bytes/large_buffer.h"

namespace asap {
namespace {

enum class Format { kGzip = ISAL_GZIP, kBare = ISAL_DEFLATE };

// Decodes a stream as far as it is asked to.
class Inflater {
 public:
  Inflater(Format format, absl::string_view in) : format_(format), in_(in), state_(new inflate_state) {
    isal_inflate_init(state_.get());
    state_->crc_flag = static_cast<uint32_t>(format);
  }

  // The next bytes: fills `out`, or as much of it as there is.
  int64_t Decode(absl::Span<char> out) {
    size_t written = 0;
    while (!damaged_ && written < out.size()) {
      if (ended_ && !NextMember()) break;
      const size_t room = std::min(out.size() - written, kMost), count = Step(out.subspan(written, room));
      written += count;
      if (!ended_ && count < room && state_->avail_in == 0 && in_.empty()) break;  // truncated
    }
    return static_cast<int64_t>(written);
  }

  // Whether the member ends here. Decodes up to `most` more bytes in search of its end, where its checksum is looked at.
  bool AtEnd(size_t most) {
    std::string more(most, '\0');
    size_t written = 0;
    while (!ended_ && !damaged_ && written < most) {
      const size_t count = Step(absl::MakeSpan(&more[written], most - written));
      written += count;
      if (count == 0 && state_->avail_in == 0 && in_.empty()) break;  // truncated
    }
    return ended_ && written == 0;
  }
  bool damaged() const { return damaged_; }

 private:
  static constexpr size_t kMost = size_t{1} << 30;  // ISA-L counts in 32 bits

  // At most out.size() bytes, which is at most kMost, of one member.
  size_t Step(absl::Span<char> out) {
    if (state_->avail_in == 0) {
      const absl::string_view chunk = in_.substr(0, kMost);
      in_.remove_prefix(chunk.size());
      state_->next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(chunk.data()));
      state_->avail_in = static_cast<uint32_t>(chunk.size());
    }
    state_->next_out = reinterpret_cast<uint8_t*>(out.data());
    state_->avail_out = static_cast<uint32_t>(out.size());
    damaged_ = isal_inflate(state_.get()) != ISAL_DECOMP_OK;
    ended_ = !damaged_ && state_->block_state == ISAL_BLOCK_FINISH;
    return out.size() - state_->avail_out;
  }

  bool NextMember() {
    if (format_ == Format::kBare || (state_->avail_in == 0 && in_.empty())) return false;
    isal_inflate_reset(state_.get());
    ended_ = false;
    return true;
  }

  const Format format_;
  absl::string_view in_;
  const std::unique_ptr<inflate_state> state_;  // 90 KB
  bool ended_ = false;                          // the member
  bool damaged_ = false;
};

// Pieces of a stream that several threads can make. A piece does not refer to the one before, for a tenth of a percent more
// bytes.
constexpr size_t kPieceBytes = size_t{2} << 20;

struct Piece {
  LargeBuffer<char> bytes;
  size_t size = 0;  // 0 on failure
};

// Whole bytes of a deflate stream, which ends with them or goes on.
Piece DeflatePiece(absl::string_view header, absl::string_view body, bool last) {
  constexpr int kLevel = 3;
  Piece piece;
  const size_t in = header.size() + body.size(),
               most = in + in / 8 + 1024;  // a code of fixed length, 9 bits for 8, and its frame
  piece.bytes = AllocateLarge<char>(most);
  const LargeBuffer<uint8_t> work = AllocateLarge<uint8_t>(ISAL_DEF_LVL3_DEFAULT);
  if (piece.bytes == nullptr || work == nullptr) return piece;
  isal_zstream stream;
  isal_deflate_init(&stream);
  stream.level = kLevel;
  stream.level_buf = work.get();
  stream.level_buf_size = ISAL_DEF_LVL3_DEFAULT;
  stream.next_out = reinterpret_cast<uint8_t*>(piece.bytes.get());
  stream.avail_out = static_cast<uint32_t>(most);
  bool good = true;
  const auto add = [&](absl::string_view bytes, uint16_t flush, bool end) {
    stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uint32_t>(bytes.size());
    stream.flush = flush;
    stream.end_of_stream = end;
    good = good && isal_deflate(&stream) == COMP_OK && stream.avail_in == 0 && stream.avail_out > 0;
  };
  if (!header.empty()) add(header, NO_FLUSH, false);
  add(body, last ? NO_FLUSH : SYNC_FLUSH, last);
  if (good) piece.size = stream.total_out;
  return piece;
}

// `before`, the stream, and room for `after` more bytes.
absl::StatusOr<std::string> DeflatePieces(absl::string_view before, absl::string_view header, absl::string_view body,
                                          size_t after, int threads) {
  std::vector<Piece> pieces(std::max<size_t>(1, (body.size() + kPieceBytes - 1) / kPieceBytes));
  ParallelFor(threads, static_cast<int64_t>(pieces.size()), [&](int64_t i) {
    const size_t begin = static_cast<size_t>(i) * kPieceBytes;
    pieces[i] = DeflatePiece(i == 0 ? header : "", body.substr(begin, kPieceBytes), i + 1 == static_cast<int64_t>(pieces.size()));
  });
  size_t size = 0;
  for (const Piece& piece : pieces) {
    if (piece.size == 0) return absl::ResourceExhaustedError("compression failed, probably for want of memory");
    size += piece.size;
  }
  std::string stream;
  stream.reserve(before.size() + size + after);
  stream.append(before.data(), before.size());
  for (const Piece& piece : pieces) stream.append(piece.bytes.get(), piece.size);
  return stream;
}

}  // namespace

absl::StatusOr<std::string> GunzipPrefix(absl::string_view compressed, int64_t count) {
  std::string prefix(count, '\0');
  Inflater inflater(Format::kGzip, compressed);
  const int64_t written = inflater.Decode(absl::MakeSpan(&prefix[0], prefix.size()));
  if (inflater.damaged() && written == 0) {
    return absl::DataLossError("is not gzip, or damaged at its start. Copy or download it again, or drop the .gz of its name.");
  }
  prefix.resize(written);
  return prefix;
}

absl::Status Gunzip(absl::string_view compressed, absl::Span<char> out) {
  return Gunzip(compressed, out, [](int64_t) { return true; });
}

absl::Status Gunzip(absl::string_view compressed, absl::Span<char> out, absl::FunctionRef<bool(int64_t)> progress) {
  constexpr size_t kStep = size_t{1} << 20;
  Inflater inflater(Format::kGzip, compressed);
  size_t written = 0;
  while (written < out.size()) {
    const absl::Span<char> step = out.subspan(written, kStep);
    const int64_t count = inflater.Decode(step);
    written += count;
    if (count < static_cast<int64_t>(step.size())) break;
    if (!progress(static_cast<int64_t>(written))) return absl::CancelledError("decompression was stopped");
  }
  // Where the end is near, the checksum must be right: damage may make the data longer, too.
  constexpr size_t kNear = size_t{64} << 10;
  if (written == out.size()) inflater.AtEnd(kNear);
  if (written == out.size() && !inflater.damaged()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("decompresses to ", written, " of the ", out.size(), " bytes that its header asks for: ",
                   inflater.damaged() ? "it is damaged" : "it is truncated", ". Copy or download it again."));
}

absl::StatusOr<std::string> Gzip(absl::string_view bytes) { return Gzip("", bytes, /*threads=*/1); }

absl::StatusOr<std::string> Gzip(absl::string_view header, absl::string_view body, int threads) {
  // Magic, deflate, no flags, no time, no hints, system unknown; the stream; checksum, and size modulo 2^32.
  constexpr absl::string_view kMagic("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  uint32_t trailer[2] = {Crc32(body, Crc32(header)), static_cast<uint32_t>(header.size() + body.size())};
  absl::StatusOr<std::string> stream = DeflatePieces(kMagic, header, body, sizeof(trailer), threads);
  if (stream.ok()) stream->append(reinterpret_cast<const char*>(trailer), sizeof(trailer));
  return stream;
}

absl::StatusOr<std::string> InflatePrefix(absl::string_view deflated, int64_t count) {
  std::string prefix(count, '\0');
  Inflater inflater(Format::kBare, deflated);
  const int64_t written = inflater.Decode(absl::MakeSpan(&prefix[0], prefix.size()));
  if (inflater.damaged() && written < count) return absl::DataLossError("its compressed data are damaged at their start");
  prefix.resize(written);
  return prefix;
}

absl::Status Inflate(absl::string_view deflated, absl::Span<char> out) {
  Inflater inflater(Format::kBare, deflated);
  const int64_t written = inflater.Decode(out);
  if (written == static_cast<int64_t>(out.size()) && inflater.AtEnd(1)) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("its compressed data do not decompress to ", out.size(), " bytes: damaged or truncated"));
}

absl::StatusOr<std::string> Deflate(absl::string_view bytes) { return DeflatePieces("", "", bytes, 0, /*threads=*/1); }

}  // namespace asap
