#include "core/io/pickle.h"

#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/status.h"
#include "core/io/pickle_machine.h"
#include "core/io/pickle_opcodes.h"

namespace asap {
namespace {

using internal::PickleMachine;
using Kind = PickleValue::Kind;
using Values = PickleMachine::Values;

absl::Status Bad(absl::string_view message) { return absl::InvalidArgumentError(message); }

void AppendUtf8(uint32_t code, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    tail(12), tail(6), tail(0);
  }
}

// Python's raw-unicode-escape: \uXXXX and \UXXXXXXXX, other bytes Latin-1.
absl::StatusOr<std::string> DecodeRawUnicode(absl::string_view line) {
  std::string text;
  for (size_t i = 0; i < line.size(); ++i) {
    uint32_t code = static_cast<uint8_t>(line[i]);
    if (line[i] == '\\' && i + 1 < line.size() && (line[i + 1] == 'u' || line[i + 1] == 'U')) {
      const size_t digits = line[i + 1] == 'u' ? 4 : 8;
      const absl::string_view hex = line.substr(i + 2, digits);
      if (hex.size() < digits || !absl::SimpleHexAtoi(hex, &code) || code > 0x10ffff) return Bad("a text with a broken escape");
      i += 1 + digits;
    }
    AppendUtf8(code, text);
  }
  return text;
}

class Reader {
 public:
  Reader(absl::string_view bytes, const PickleOptions& options) : bytes_(bytes), machine_(options) {}

  absl::StatusOr<Pickle> Read() {
    while (root_ == nullptr) {
      const size_t at = position_;
      if (absl::Status status = Step(); !status.ok()) return Annotate(status, absl::StrCat("byte ", at, " of the pickle"));
    }
    return Pickle{root_, position_, machine_.values()};
  }

 private:
  absl::StatusOr<absl::string_view> Take(uint64_t size) {
    const size_t left = bytes_.size() - position_;
    if (size > left) return Bad(absl::StrCat("it claims ", size, " bytes where ", left, " are left; is the file cut short?"));
    const absl::string_view taken = bytes_.substr(position_, size);
    position_ += size;
    return taken;
  }

  absl::StatusOr<uint64_t> Number(int bytes) {  // unsigned, little-endian
    ASAP_ASSIGN_OR_RETURN(const absl::string_view raw, Take(bytes));
    uint64_t number = 0;
    for (int i = bytes - 1; i >= 0; --i) number = number << 8 | static_cast<uint8_t>(raw[i]);
    return number;
  }

  absl::StatusOr<absl::string_view> Counted(int bytes) {  // a number of that many bytes, and as many bytes as it says
    ASAP_ASSIGN_OR_RETURN(const uint64_t size, Number(bytes));
    return Take(size);
  }

  absl::StatusOr<absl::string_view> Line() {
    const size_t end = bytes_.find('\n', position_);
    if (end == absl::string_view::npos) return Bad("a line without an end; is the file cut short?");
    const absl::string_view line = bytes_.substr(position_, end - position_);
    position_ = end + 1;
    return line;
  }

  absl::Status PushCounted(Kind kind, int bytes) {
    ASAP_ASSIGN_OR_RETURN(const absl::string_view text, Counted(bytes));
    return machine_.PushText(kind, text);
  }

  absl::Status PushItemsToMark(Kind kind) {
    ASAP_ASSIGN_OR_RETURN(Values items, machine_.PopToMark());
    return machine_.PushItems(kind, std::move(items));
  }

  absl::Status AppendToMark() {
    ASAP_ASSIGN_OR_RETURN(const Values items, machine_.PopToMark());
    return machine_.Append(items);
  }

  absl::Status SetItemsToMark() {
    ASAP_ASSIGN_OR_RETURN(const Values items, machine_.PopToMark());
    return machine_.SetItems(items);
  }

  absl::Status PushDecimal(absl::string_view line) {
    if (line == "00" || line == "01") return machine_.PushInteger(Kind::kBool, line == "01");  // protocol 0's booleans
    absl::ConsumeSuffix(&line, "L");
    int64_t integer = 0;
    if (!absl::SimpleAtoi(line, &integer)) return Bad("a decimal number that is none, or of more than 64 bits");
    return machine_.PushInteger(Kind::kInteger, integer);
  }

  absl::Status PushQuoted(absl::string_view line) {
    if (line.size() < 2 || line.front() != line.back() || (line.front() != '\'' && line.front() != '"')) {
      return Bad("a string without quotes");
    }
    std::string text;
    if (!absl::CUnescape(line.substr(1, line.size() - 2), &text)) return Bad("a string with an unknown escape");
    return machine_.PushText(Kind::kText, text);
  }

  absl::Status PushGlobal(absl::string_view module, absl::string_view name) {
    if (module.size() + name.size() > 1000) return Bad("the name of a class has more than 1000 bytes");
    return machine_.PushText(Kind::kGlobal, absl::StrCat(module, ".", name));
  }

  // The callable on top of the stack, on `arguments`.
  absl::Status CallTop(Values arguments) {
    ASAP_ASSIGN_OR_RETURN(const PickleValue* const callable, machine_.Pop());
    ASAP_RETURN_IF_ERROR(machine_.PushItems(Kind::kTuple, std::move(arguments)));
    ASAP_ASSIGN_OR_RETURN(const PickleValue* const tuple, machine_.Pop());
    return machine_.Call(*callable, tuple);
  }

  absl::Status Step() {
    ASAP_ASSIGN_OR_RETURN(const uint64_t opcode, Number(1));
    switch (opcode) {
      case internal::kProto: {
        ASAP_ASSIGN_OR_RETURN(const uint64_t protocol, Number(1));
        return protocol <= 5 ? absl::OkStatus() : Bad(absl::StrCat("pickle protocol ", protocol, ", known are 0 to 5"));
      }
      case internal::kFrame: {
        ASAP_ASSIGN_OR_RETURN(const uint64_t size, Number(8));
        return size <= bytes_.size() - position_ ? absl::OkStatus() : Bad("a frame longer than the file; is it cut short?");
      }
      case internal::kStop: {
        ASAP_ASSIGN_OR_RETURN(root_, machine_.Pop());
        return absl::OkStatus();
      }
      case internal::kMark:
        return machine_.Mark();
      case internal::kPop:
        return machine_.Discard();
      case internal::kPopMark:
        return machine_.PopToMark().status();
      case internal::kDup:
        return machine_.Duplicate();
      default:
        return Atom(opcode);
    }
  }

  // Numbers, texts and bytes.
  absl::Status Atom(uint64_t opcode) {
    switch (opcode) {
      case internal::kNone:
        return machine_.Push(Kind::kNone).status();
      case internal::kNewTrue:
      case internal::kNewFalse:
        return machine_.PushInteger(Kind::kBool, opcode == internal::kNewTrue);
      case internal::kInt:
      case internal::kLong: {
        ASAP_ASSIGN_OR_RETURN(const absl::string_view line, Line());
        return PushDecimal(line);
      }
      case internal::kBinInt: {
        ASAP_ASSIGN_OR_RETURN(const uint64_t number, Number(4));
        return machine_.PushInteger(Kind::kInteger, static_cast<int32_t>(number));
      }
      case internal::kBinInt1:
      case internal::kBinInt2: {
        ASAP_ASSIGN_OR_RETURN(const uint64_t number, Number(opcode == internal::kBinInt1 ? 1 : 2));
        return machine_.PushInteger(Kind::kInteger, static_cast<int64_t>(number));
      }
      case internal::kLong1:
      case internal::kLong4: {
        ASAP_ASSIGN_OR_RETURN(const absl::string_view raw, Counted(opcode == internal::kLong1 ? 1 : 4));
        return machine_.PushLong(raw);
      }
      case internal::kFloat: {
        ASAP_ASSIGN_OR_RETURN(const absl::string_view line, Line());
        double real = 0;
        return absl::SimpleAtod(line, &real) ? machine_.PushReal(real) : Bad("a decimal fraction that is none");
      }
      case internal::kBinFloat: {
        ASAP_ASSIGN_OR_RETURN(const uint64_t number, Number(8));
        const uint64_t bits = __builtin_bswap64(number);  // the one big-endian number
        double real = 0;
        memcpy(&real, &bits, sizeof(real));
        return machine_.PushReal(real);
      }
      case internal::kString: {
        ASAP_ASSIGN_OR_RETURN(const absl::string_view line, Line());
        return PushQuoted(line);
      }
      case internal::kUnicode: {
        ASAP_ASSIGN_OR_RETURN(const absl::string_view line, Line());
        ASAP_ASSIGN_OR_RETURN(const std::string text, DecodeRawUnicode(line));
        return machine_.PushText(Kind::kText, text);
      }
      case internal::kShortBinString:
      case internal::kShortBinUnicode:
        return PushCounted(Kind::kText, 1);
      case internal::kBinString:
      case internal::kBinUnicode:
        return PushCounted(Kind::kText, 4);
      case internal::kBinUnicode8:
        return PushCounted(Kind::kText, 8);
      case internal::kShortBinBytes:
        return PushCounted(Kind::kBytes, 1);
      case internal::kBinBytes:
        return PushCounted(Kind::kBytes, 4);
      case internal::kBinBytes8:
      case internal::kByteArray8:
        return PushCounted(Kind::kBytes, 8);
      default:
        return Container(opcode);
    }
  }

  // Lists, tuples, dicts, sets, and the memo.
  absl::Status Container(uint64_t opcode) {
    switch (opcode) {
      case internal::kEmptyList:
        return machine_.Push(Kind::kList).status();
      case internal::kEmptyDict:
        return machine_.Push(Kind::kDict).status();
      case internal::kEmptyTuple:
        return machine_.Push(Kind::kTuple).status();
      case internal::kEmptySet:
        return machine_.Push(Kind::kSet).status();
      case internal::kList:
        return PushItemsToMark(Kind::kList);
      case internal::kTuple:
        return PushItemsToMark(Kind::kTuple);
      case internal::kFrozenSet:
        return PushItemsToMark(Kind::kSet);
      case internal::kTuple1:
      case internal::kTuple2:
      case internal::kTuple3:
        return machine_.PushTopAsTuple(static_cast<int>(opcode - internal::kTuple1) + 1);
      case internal::kDict: {
        ASAP_ASSIGN_OR_RETURN(const Values items, machine_.PopToMark());
        ASAP_RETURN_IF_ERROR(machine_.Push(Kind::kDict).status());
        return machine_.SetItems(items);
      }
      case internal::kAppend: {
        ASAP_ASSIGN_OR_RETURN(const PickleValue* const item, machine_.Pop());
        return machine_.Append({item});
      }
      case internal::kAppends:
      case internal::kAddItems:
        return AppendToMark();
      case internal::kSetItem: {
        ASAP_ASSIGN_OR_RETURN(const PickleValue* const value, machine_.Pop());
        ASAP_ASSIGN_OR_RETURN(const PickleValue* const key, machine_.Pop());
        return machine_.SetItems({key, value});
      }
      case internal::kSetItems:
        return SetItemsToMark();
      case internal::kPut:
      case internal::kGet: {
        ASAP_ASSIGN_OR_RETURN(const absl::string_view line, Line());
        uint64_t key = 0;
        if (!absl::SimpleAtoi(line, &key)) return Bad("a memo key that is no number");
        return opcode == internal::kPut ? machine_.Put(key) : machine_.Get(key);
      }
      case internal::kBinPut:
      case internal::kLongBinPut: {
        ASAP_ASSIGN_OR_RETURN(const uint64_t key, Number(opcode == internal::kBinPut ? 1 : 4));
        return machine_.Put(key);
      }
      case internal::kBinGet:
      case internal::kLongBinGet: {
        ASAP_ASSIGN_OR_RETURN(const uint64_t key, Number(opcode == internal::kBinGet ? 1 : 4));
        return machine_.Get(key);
      }
      case internal::kMemoize:
        return machine_.Memoize();
      default:
        return Object(opcode);
    }
  }

  // Classes, calls, and what stands outside the pickle.
  absl::Status Object(uint64_t opcode) {
    switch (opcode) {
      case internal::kGlobal: {
        ASAP_ASSIGN_OR_RETURN(const absl::string_view module, Line());
        ASAP_ASSIGN_OR_RETURN(const absl::string_view name, Line());
        return PushGlobal(module, name);
      }
      case internal::kStackGlobal: {
        ASAP_ASSIGN_OR_RETURN(const PickleValue* const name, machine_.Pop());
        ASAP_ASSIGN_OR_RETURN(const PickleValue* const module, machine_.Pop());
        if (!name->is(Kind::kText) || !module->is(Kind::kText)) return Bad("a class whose name is no text");
        return PushGlobal(module->text, name->text);
      }
      case internal::kInst: {
        ASAP_ASSIGN_OR_RETURN(const absl::string_view module, Line());
        ASAP_ASSIGN_OR_RETURN(const absl::string_view name, Line());
        ASAP_ASSIGN_OR_RETURN(Values arguments, machine_.PopToMark());
        ASAP_RETURN_IF_ERROR(PushGlobal(module, name));
        return CallTop(std::move(arguments));
      }
      case internal::kObj: {
        ASAP_ASSIGN_OR_RETURN(Values arguments, machine_.PopToMark());
        if (arguments.empty()) return Bad("an object without a class");
        const PickleValue& callable = *arguments[0];
        if (!callable.is(Kind::kGlobal)) return Bad("it makes an object of something that is no class");
        arguments.erase(arguments.begin());
        ASAP_RETURN_IF_ERROR(machine_.PushText(Kind::kGlobal, callable.text));
        return CallTop(std::move(arguments));
      }
      case internal::kReduce: {
        ASAP_ASSIGN_OR_RETURN(const PickleValue* const arguments, machine_.Pop());
        ASAP_ASSIGN_OR_RETURN(const PickleValue* const callable, machine_.Pop());
        return machine_.Call(*callable, arguments);
      }
      case internal::kNewObjEx:
        ASAP_RETURN_IF_ERROR(machine_.Pop().status());  // keyword arguments: nobody reads them
        [[fallthrough]];
      case internal::kNewObj: {
        ASAP_ASSIGN_OR_RETURN(const PickleValue* const arguments, machine_.Pop());
        ASAP_ASSIGN_OR_RETURN(const PickleValue* const cls, machine_.Pop());
        return machine_.NewObject(*cls, arguments);
      }
      case internal::kBuild:
        return machine_.Build();
      case internal::kPersId: {
        ASAP_ASSIGN_OR_RETURN(const absl::string_view line, Line());
        ASAP_RETURN_IF_ERROR(machine_.PushText(Kind::kText, line));
        return machine_.Persistent();
      }
      case internal::kBinPersId:
        return machine_.Persistent();
      case internal::kExt1:
      case internal::kExt2:
      case internal::kExt4:
        return Bad("an extension code, whose meaning only the program that wrote it knows");
      case internal::kNextBuffer:
      case internal::kReadOnlyBuffer:
        return Bad("a buffer outside the pickle, which is not here");
      default:
        return Bad(absl::StrCat("0x", absl::Hex(opcode), " is no opcode; is this a pickle?"));
    }
  }

  const absl::string_view bytes_;
  size_t position_ = 0;
  const PickleValue* root_ = nullptr;
  PickleMachine machine_;
};

}  // namespace

const PickleValue* PickleValue::Find(absl::string_view key) const {
  for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) {
    if (pair->first->is(Kind::kText) && pair->first->text == key) return pair->second;
  }
  return nullptr;
}

absl::StatusOr<Pickle> ReadPickle(absl::string_view bytes, const PickleOptions& options) { return Reader(bytes, options).Read(); }

}  // namespace asap
