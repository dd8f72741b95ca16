#include "core/data/loader/loader.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/data/loader/permutation.h"

namespace asap {
namespace {

// A row for which this many cases in a row cannot be read is the dataset's or the storage's trouble, not a case's.
constexpr int64_t kAttempts = 16;

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

absl::Status CheckOptions(const RowReader& rows, const LoaderOptions& options) {
  if (options.batch_size < 1) return absl::InvalidArgumentError(absl::StrCat("batch size ", options.batch_size, " is below 1"));
  if (options.threads < 0) return absl::InvalidArgumentError(absl::StrCat(options.threads, " loader threads make no sense"));
  if (options.world < 1 || options.rank < 0 || options.rank >= options.world) {
    return absl::InvalidArgumentError(absl::StrCat("process ", options.rank, " of ", options.world, " does not exist"));
  }
  if (rows.size() < options.batch_size) {
    return absl::InvalidArgumentError(absl::StrCat("the dataset \"", rows.dataset(), "\" has ", rows.size(),
                                                   " cases, fewer than one batch of ", options.batch_size,
                                                   ": lower the batch size"));
  }
  return absl::OkStatus();
}

}  // namespace

// A batch in the making. `next_row` and `missing_rows` are guarded by the loader's mutex; each row has one writer.
struct Loader::Slot {
  DataPosition position;
  bool repeated = false;
  std::unique_ptr<TrainingBatch> batch;
  std::vector<absl::Status> row_status;
  std::vector<char> replaced;  // by row
  int64_t next_row = 0;
  int64_t missing_rows = 0;
};

absl::StatusOr<std::unique_ptr<Loader>> Loader::Open(std::unique_ptr<const RowReader> rows, LoaderOptions options) {
  ASAP_RETURN_IF_ERROR(CheckOptions(*rows, options));
  std::unique_ptr<Loader> loader(new Loader(std::move(rows), std::move(options)));
  loader->Start();
  return loader;
}

Loader::Loader(std::unique_ptr<const RowReader> rows, LoaderOptions options)
    : options_(std::move(options)),
      reader_(std::move(rows)),
      batches_per_epoch_(reader_->size() / options_.batch_size),
      max_slots_(std::max<int64_t>(1, options_.max_queue_bytes / std::max<int64_t>(1, reader_->Bytes(options_.batch_size)))) {}

Loader::~Loader() { Stop(); }

DataPosition Loader::After(const DataPosition& position) const {
  if (position.batch + options_.world < batches_per_epoch_) return {position.epoch, position.batch + options_.world};
  return {position.epoch + 1, 0};
}

void Loader::Start() {
  next_slot_ = position_;
  stopping_ = broken_ = false;
  failure_ = absl::OkStatus();
  for (int i = 0; i < options_.threads; ++i) workers_.emplace_back([this] { Work(); });
}

void Loader::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
  slots_.clear();
}

absl::Status Loader::Seek(const DataPosition& position) {
  if (position.epoch < 0 || position.batch < 0 || position.batch >= batches_per_epoch_) {
    return absl::InvalidArgumentError(absl::StrCat("batch ", position.batch, " of epoch ", position.epoch,
                                                   " does not exist: an epoch has ", batches_per_epoch_,
                                                   " batches. Has the dataset or the batch size changed?"));
  }
  if (position == position_ && failure_.ok()) return absl::OkStatus();  // keeps what was read ahead
  Stop();
  position_ = position;
  Start();
  return absl::OkStatus();
}

std::unique_ptr<Loader::Slot> Loader::Begin(const DataPosition& round) const {
  auto slot = std::make_unique<Slot>();
  slot->repeated = round.batch + options_.rank >= batches_per_epoch_;
  slot->position = {round.epoch, slot->repeated ? round.batch : round.batch + options_.rank};
  slot->row_status.resize(options_.batch_size);
  slot->replaced.resize(options_.batch_size);
  try {
    slot->batch = reader_->Allocate(options_.batch_size, options_.pinned);
    slot->missing_rows = options_.batch_size;
  } catch (const std::exception&) {
    slot->next_row = options_.batch_size;
    slot->row_status[0] = absl::ResourceExhaustedError(
        absl::StrCat("no memory for a batch of ", reader_->Bytes(options_.batch_size), " bytes: lower the batch size"));
  }
  return slot;
}

absl::Status Loader::FillRow(Slot& slot, int64_t row) {
  const int64_t size = reader_->size();
  const int64_t epoch = slot.position.epoch;
  const Permutation order(size, options_.seed, epoch);
  const int64_t place = slot.position.batch * options_.batch_size + row;
  CounterRng replacement(options_.seed, "replacement", epoch, place);
  int64_t index = order[place];
  absl::Status status;
  for (int64_t attempt = 0; attempt < kAttempts; ++attempt) {
    try {
      status = reader_->Fill({.seed = options_.seed, .epoch = epoch, .index = index, .attempt = attempt}, row, *slot.batch);
    } catch (const std::exception& error) {  // of a library under the reader; nothing may leave a worker thread
      status = absl::InternalError(absl::StrCat("case ", reader_->CaseId(index), ": ", error.what()));
    }
    if (status.ok() || options_.on_bad_case == LoaderOptions::BadCase::kFail) return status;
    slot.replaced[row] = true;
    bool first_time = false;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (stopping_) return status;
      first_time = statistics_.bad_cases.insert(reader_->CaseId(index)).second;
    }
    if (first_time) LogWarning(absl::StrCat("another case takes the place of an unreadable one: ", status.message()));
    index = replacement.UniformInt(0, size - 1);
  }
  return Annotate(status, absl::StrCat(kAttempts, " cases in a row cannot be read; the last one is"));
}

void Loader::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    const auto open =
        std::find_if(slots_.begin(), slots_.end(), [&](const auto& slot) { return slot->next_row < options_.batch_size; });
    Slot* slot = open == slots_.end() ? nullptr : open->get();
    if (slot == nullptr) {
      if (broken_ || static_cast<int64_t>(slots_.size()) >= max_slots_) {
        work_.wait(lock);
        continue;
      }
      slots_.push_back(Begin(next_slot_));
      slot = slots_.back().get();
      next_slot_ = After(next_slot_);
      const int64_t bytes = static_cast<int64_t>(slots_.size()) * reader_->Bytes(options_.batch_size);
      statistics_.peak_queue_bytes = std::max(statistics_.peak_queue_bytes, bytes);
      if (slot->missing_rows == 0) {  // there was no memory for it
        broken_ = true;
        ready_.notify_one();
        continue;
      }
      work_.notify_all();
    }
    const int64_t row = slot->next_row++;
    lock.unlock();
    absl::Status status = FillRow(*slot, row);
    lock.lock();
    if (!status.ok()) broken_ = true;
    slot->row_status[row] = std::move(status);
    if (--slot->missing_rows == 0) ready_.notify_one();
  }
}

absl::StatusOr<LoadedBatch> Loader::Finish(Slot& slot) {
  for (const absl::Status& status : slot.row_status) {
    if (!status.ok()) return status;
  }
  ++statistics_.batches;
  statistics_.replaced_samples += std::count(slot.replaced.begin(), slot.replaced.end(), true);
  reader_->Finish(*slot.batch);
  return LoadedBatch{std::move(slot.batch), slot.position, slot.repeated};
}

absl::StatusOr<LoadedBatch> Loader::Next() {
  if (!failure_.ok()) return failure_;
  const auto start = std::chrono::steady_clock::now();
  absl::StatusOr<LoadedBatch> result = absl::UnknownError("");
  if (options_.threads == 0) {
    const std::unique_ptr<Slot> slot = Begin(position_);
    for (; slot->missing_rows > 0; --slot->missing_rows) {
      const int64_t row = slot->next_row++;
      slot->row_status[row] = FillRow(*slot, row);
      if (!slot->row_status[row].ok()) break;
    }
    result = Finish(*slot);
  } else {
    std::unique_lock<std::mutex> lock(mutex_);
    ready_.wait(lock, [&] { return !slots_.empty() && slots_.front()->missing_rows == 0; });
    result = Finish(*slots_.front());
    slots_.pop_front();
    lock.unlock();
    work_.notify_all();
  }
  statistics_.wait_seconds += SecondsSince(start);
  if (!result.ok()) {
    failure_ = result.status();
    return failure_;
  }
  position_ = After(position_);
  return result;
}

std::vector<std::pair<std::string, std::string>> Loader::Config() const {
  std::vector<std::pair<std::string, std::string>> config = {
      {"dataset", absl::StrCat(reader_->dataset(), ", ", reader_->size(), " cases")},
      {"data seed", absl::StrCat(options_.seed)},
      {"batch size", absl::StrCat(options_.batch_size)},
  };
  for (auto& setting : reader_->Config()) config.push_back(std::move(setting));
  return config;
}

LoaderStatistics Loader::statistics() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return statistics_;
}

}  // namespace asap
