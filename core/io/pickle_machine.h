// The stack machine that a pickle programs: stack, marks, memo, and the values it makes. Internal to core/io.
#ifndef ASAP_CORE_IO_PICKLE_MACHINE_H_
#define ASAP_CORE_IO_PICKLE_MACHINE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/io/pickle.h"

namespace asap::internal {

// Every method fails with InvalidArgument where the pickle asks for what cannot be: an empty stack, a mark that was not set.
// Memory is bounded by the pickle's length and PickleOptions::max_values: nothing is copied that a short pickle could name often.
class PickleMachine {
 public:
  using Kind = PickleValue::Kind;
  using Values = std::vector<const PickleValue*>;

  explicit PickleMachine(const PickleOptions& options)
      : options_(options), values_(std::make_shared<std::deque<PickleValue>>()) {}
  std::shared_ptr<std::deque<PickleValue>> values() const { return values_; }

  // Values onto the stack.
  absl::StatusOr<PickleValue*> Push(Kind kind);
  absl::Status PushText(Kind kind, absl::string_view text);
  absl::Status PushInteger(Kind kind, int64_t integer);
  absl::Status PushReal(double real);
  absl::Status PushLong(absl::string_view two_complement);  // least byte first
  absl::Status PushItems(Kind kind, Values items);
  absl::Status PushTopAsTuple(int count);
  absl::Status Duplicate();

  // And off it.
  absl::StatusOr<PickleValue*> Pop();
  absl::Status Discard();  // the top, or a mark that lies there
  absl::Status Mark();
  absl::StatusOr<Values> PopToMark();

  absl::Status Put(uint64_t key);
  absl::Status Memoize() { return Put(memo_.size()); }
  absl::Status Get(uint64_t key);

  // Changes of the value on top.
  absl::Status Append(const Values& items);
  absl::Status SetItems(const Values& keys_and_values);
  absl::Status Build();  // with the state above it

  absl::Status Persistent();  // of the id on top
  absl::Status NewObject(const PickleValue& cls, const PickleValue* arguments);
  absl::Status Call(const PickleValue& callable, const PickleValue* arguments);

 private:
  absl::StatusOr<PickleValue*> New(Kind kind);
  absl::StatusOr<PickleValue*> Top();
  absl::Status Charge(size_t values);
  absl::Status PushAgain(PickleValue* value);

  const PickleOptions& options_;
  size_t charged_ = 0;
  std::shared_ptr<std::deque<PickleValue>> values_;
  std::vector<PickleValue*> stack_;
  std::vector<size_t> marks_;  // heights of the stack
  std::unordered_map<uint64_t, PickleValue*> memo_;
};

}  // namespace asap::internal

#endif  // ASAP_CORE_IO_PICKLE_MACHINE_H_
