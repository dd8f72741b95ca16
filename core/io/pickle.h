// Reading pickles without running them. Opcodes of protocols 0 to 5 become a tree of plain values; no class is looked up, no
// function is called, whatever the file asks for.
//
//   ASAP_ASSIGN_OR_RETURN(Pickle pickle, ReadPickle(bytes, {"collections.OrderedDict"}));
//   const PickleValue* epoch = pickle.root->Find("epoch");
//
// What a pickle may ask for, and what becomes of it:
//   a class or function by name (GLOBAL)             a kGlobal: its name
//   an object of any class (NEWOBJ, the base          a kObject: the class's name and its state, kept for reading; an opaque
//   record reconstructor of copyreg, then BUILD) a call (REDUCE, INST, OBJ) of a name on the       a kCall: the name and the
//   arguments, for the caller to interpret caller's list any other call                                    PermissionDenied,
//   naming the module and the name a persistent id                                   a kPersistent: the id, for the caller to
//   interpret extension codes, out-of-band buffers              InvalidArgument: they mean nothing outside the program that wrote
//   them
#ifndef ASAP_CORE_IO_PICKLE_H_
#define ASAP_CORE_IO_PICKLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap {

struct PickleValue {
  enum class Kind {
    kNone,
    kBool,        // integer, 0 or 1
    kInteger,     // integer
    kBigInteger,  // text: two's complement, least byte first, of more than 8 bytes
    kReal,        // real
    kText,        // text, UTF-8 as the file has it
    kBytes,       // text
    kList,        // items
    kTuple,       // items
    kSet,         // items
    kDict,        // pairs, in order; a later pair of the same key wins
    kGlobal,      // text: "module.name"
    kCall,        // text: the callable's "module.name"; arguments; state, pairs and items of what is done to its result
    kObject,      // text: the class's "module.name"; the others as of kCall
    kPersistent,  // arguments: the id
  };

  Kind kind = Kind::kNone;
  int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<const PickleValue*> items;
  std::vector<std::pair<const PickleValue*, const PickleValue*>> pairs;
  const PickleValue* arguments = nullptr;  // a kTuple; of a kPersistent any value
  const PickleValue* state = nullptr;      // of BUILD; also a dict's or list's, whose attributes it sets

  bool is(Kind k) const { return kind == k; }
  // The value of a text key of a dict (or of what stands for one); null where there is none.
  const PickleValue* Find(absl::string_view key) const;
};

// Values may refer to themselves, as in Python: bound every walk over them.
struct Pickle {
  const PickleValue* root = nullptr;
  size_t size = 0;                                  // bytes of the pickle: `bytes` may go on after it
  std::shared_ptr<std::deque<PickleValue>> values;  // what root points into
};

struct PickleOptions {
  std::set<std::string> calls;    // "module.name" that REDUCE, INST and OBJ may name
  size_t max_values = 4'000'000;  // about 160 bytes each
};

// InvalidArgument, with the offset of the opcode, for bytes that are no pickle; PermissionDenied for a call that is refused.
absl::StatusOr<Pickle> ReadPickle(absl::string_view bytes, const PickleOptions& options);

}  // namespace asap

#endif  // ASAP_CORE_IO_PICKLE_H_
