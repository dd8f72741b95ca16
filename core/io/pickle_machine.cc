#include "core/io/pickle_machine.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"

namespace asap::internal {
namespace {

absl::Status Bad(absl::string_view message) { return absl::InvalidArgumentError(message); }

// How protocols 0 and 1 make an object without calling its class: copyreg._reconstructor(cls, object, None).
bool MakesObject(absl::string_view name) {
  return name == "copyreg._reconstructor" || name == "copy_reg._reconstructor" || name == "copyreg.__newobj__" ||
         name == "copy_reg.__newobj__";
}

}  // namespace

absl::Status PickleMachine::Charge(size_t values) {
  charged_ += values;
  return charged_ <= options_.max_values ? absl::OkStatus() : Bad(absl::StrCat("more than ", options_.max_values, " values"));
}

absl::StatusOr<PickleValue*> PickleMachine::New(Kind kind) {
  ASAP_RETURN_IF_ERROR(Charge(1));
  PickleValue& value = values_->emplace_back();
  value.kind = kind;
  return &value;
}

absl::StatusOr<PickleValue*> PickleMachine::Push(Kind kind) {
  ASAP_ASSIGN_OR_RETURN(PickleValue* const value, New(kind));
  stack_.push_back(value);
  return value;
}

absl::Status PickleMachine::PushText(Kind kind, absl::string_view text) {
  ASAP_ASSIGN_OR_RETURN(PickleValue* const value, Push(kind));
  value->text = std::string(text);
  return absl::OkStatus();
}

absl::Status PickleMachine::PushInteger(Kind kind, int64_t integer) {
  ASAP_ASSIGN_OR_RETURN(PickleValue* const value, Push(kind));
  value->integer = integer;
  return absl::OkStatus();
}

absl::Status PickleMachine::PushReal(double real) {
  ASAP_ASSIGN_OR_RETURN(PickleValue* const value, Push(Kind::kReal));
  value->real = real;
  return absl::OkStatus();
}

absl::Status PickleMachine::PushLong(absl::string_view raw) {
  if (raw.size() > 8) return PushText(Kind::kBigInteger, raw);
  uint64_t number = !raw.empty() && (raw.back() & 0x80) != 0 ? ~uint64_t{0} : 0;
  for (size_t i = raw.size(); i-- > 0;) number = number << 8 | static_cast<uint8_t>(raw[i]);
  return PushInteger(Kind::kInteger, static_cast<int64_t>(number));
}

absl::Status PickleMachine::PushItems(Kind kind, Values items) {
  ASAP_ASSIGN_OR_RETURN(PickleValue* const value, Push(kind));
  value->items = std::move(items);
  return absl::OkStatus();
}

absl::Status PickleMachine::PushTopAsTuple(int count) {
  Values items(count);
  for (int i = count - 1; i >= 0; --i) {
    ASAP_ASSIGN_OR_RETURN(items[i], Pop());
  }
  return PushItems(Kind::kTuple, std::move(items));
}

absl::Status PickleMachine::PushAgain(PickleValue* value) {
  if (stack_.size() >= options_.max_values) return Bad(absl::StrCat("more than ", options_.max_values, " values on the stack"));
  stack_.push_back(value);
  return absl::OkStatus();
}

absl::Status PickleMachine::Duplicate() {
  ASAP_ASSIGN_OR_RETURN(PickleValue* const top, Top());
  return PushAgain(top);
}

absl::Status PickleMachine::Mark() {
  if (marks_.size() >= options_.max_values) return Bad(absl::StrCat("more than ", options_.max_values, " marks"));
  marks_.push_back(stack_.size());
  return absl::OkStatus();
}

absl::StatusOr<PickleValue*> PickleMachine::Top() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) return Bad("it takes from an empty stack");
  return stack_.back();
}

absl::StatusOr<PickleValue*> PickleMachine::Pop() {
  ASAP_ASSIGN_OR_RETURN(PickleValue* const value, Top());
  stack_.pop_back();
  return value;
}

absl::Status PickleMachine::Discard() {
  if (!marks_.empty() && stack_.size() == marks_.back()) {
    marks_.pop_back();
    return absl::OkStatus();
  }
  return Pop().status();
}

absl::StatusOr<PickleMachine::Values> PickleMachine::PopToMark() {
  if (marks_.empty()) return Bad("it looks for a mark that was not set");
  Values taken(stack_.begin() + marks_.back(), stack_.end());
  stack_.resize(marks_.back());
  marks_.pop_back();
  return taken;
}

absl::Status PickleMachine::Put(uint64_t key) {
  ASAP_ASSIGN_OR_RETURN(PickleValue* const top, Top());
  if (memo_.size() >= options_.max_values) return Bad(absl::StrCat("more than ", options_.max_values, " values kept"));
  memo_[key] = top;
  return absl::OkStatus();
}

absl::Status PickleMachine::Get(uint64_t key) {
  const auto found = memo_.find(key);
  if (found == memo_.end()) return Bad("it recalls a value that was not kept");
  return PushAgain(found->second);
}

absl::Status PickleMachine::Append(const Values& items) {
  ASAP_ASSIGN_OR_RETURN(PickleValue* const list, Top());
  switch (list->kind) {
    case Kind::kList:
    case Kind::kSet:
    case Kind::kCall:
    case Kind::kObject:
      list->items.insert(list->items.end(), items.begin(), items.end());
      return absl::OkStatus();
    default:
      return Bad("it appends to something that is no list");
  }
}

absl::Status PickleMachine::SetItems(const Values& keys_and_values) {
  ASAP_ASSIGN_OR_RETURN(PickleValue* const dict, Top());
  if (!dict->is(Kind::kDict) && !dict->is(Kind::kCall) && !dict->is(Kind::kObject)) {
    return Bad("it sets items of something that is no dictionary");
  }
  if (keys_and_values.size() % 2 != 0) return Bad("a key without a value");
  for (size_t i = 0; i < keys_and_values.size(); i += 2) dict->pairs.emplace_back(keys_and_values[i], keys_and_values[i + 1]);
  return absl::OkStatus();
}

absl::Status PickleMachine::Build() {
  ASAP_ASSIGN_OR_RETURN(const PickleValue* const state, Pop());
  ASAP_ASSIGN_OR_RETURN(PickleValue* const object, Top());
  switch (object->kind) {
    case Kind::kCall:
    case Kind::kDict:
    case Kind::kList:
    case Kind::kObject:
    case Kind::kSet:
      object->state = state;
      return absl::OkStatus();
    default:
      return Bad("it sets the state of something that has none");
  }
}

absl::Status PickleMachine::Persistent() {
  ASAP_ASSIGN_OR_RETURN(const PickleValue* const id, Pop());
  ASAP_ASSIGN_OR_RETURN(PickleValue* const value, Push(Kind::kPersistent));
  value->arguments = id;
  return absl::OkStatus();
}

absl::Status PickleMachine::NewObject(const PickleValue& cls, const PickleValue* arguments) {
  if (!cls.is(Kind::kGlobal)) return Bad("it makes an object of something that is no class");
  ASAP_RETURN_IF_ERROR(PushText(Kind::kObject, cls.text));
  stack_.back()->arguments = arguments;
  return absl::OkStatus();
}

absl::Status PickleMachine::Call(const PickleValue& callable, const PickleValue* arguments) {
  if (!callable.is(Kind::kGlobal)) return Bad("it calls something that has no name");
  if (!arguments->is(Kind::kTuple)) return Bad("a call whose arguments are no tuple");
  const Values& given = arguments->items;
  if (MakesObject(callable.text)) {
    if (given.empty()) return Bad(absl::StrCat("a call of ", callable.text, " without a class"));
    return NewObject(*given[0], arguments);
  }
  if (options_.calls.count(callable.text) == 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        "it calls ", absl::CHexEscape(callable.text), callable.text == "posix.system" ? " (os.system)" : "",
        ", which is none of the few functions that weights need. The call was refused and nothing was run; do not open the file "
        "with a program that would run it, unless you trust who made it"));
  }
  if (callable.text == "collections.OrderedDict") {  // the one that states of modules are
    ASAP_ASSIGN_OR_RETURN(PickleValue* const dict, Push(Kind::kDict));
    if (given.empty()) return absl::OkStatus();
    ASAP_RETURN_IF_ERROR(Charge(given[0]->items.size()));
    for (const PickleValue* pair : given[0]->items) {
      if (pair->items.size() != 2) return Bad("an OrderedDict of something other than pairs");
      dict->pairs.emplace_back(pair->items[0], pair->items[1]);
    }
    return absl::OkStatus();
  }
  ASAP_RETURN_IF_ERROR(PushText(Kind::kCall, callable.text));
  stack_.back()->arguments = arguments;
  return absl::OkStatus();
}

}  // namespace asap::internal
