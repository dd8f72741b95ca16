#include "core/io/torch_tree.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "core/base/status.h"

namespace asap::internal {
namespace {

using Kind = PickleValue::Kind;

constexpr int kMaxDepth = 64;           // of nested containers
constexpr size_t kMaxVisits = 500'000;  // values walked over, however often the pickle names them
constexpr size_t kMaxName = 1000;       // bytes
constexpr size_t kMaxScalarText = 200;  // bytes

absl::Status Bad(absl::string_view message) { return absl::InvalidArgumentError(message); }

struct TypeName {
  const char* storage;  // torch.FloatStorage
  const char* dtype;    // torch.float32
  at::ScalarType type;
};
constexpr TypeName kTypes[] = {{"DoubleStorage", "float64", at::kDouble}, {"FloatStorage", "float32", at::kFloat},
                               {"HalfStorage", "float16", at::kHalf},     {"BFloat16Storage", "bfloat16", at::kBFloat16},
                               {"LongStorage", "int64", at::kLong},       {"IntStorage", "int32", at::kInt},
                               {"ShortStorage", "int16", at::kShort},     {"CharStorage", "int8", at::kChar},
                               {"ByteStorage", "uint8", at::kByte},       {"BoolStorage", "bool", at::kBool},
                               {"UntypedStorage", "uint8", at::kByte},    {"_UntypedStorage", "uint8", at::kByte}};

// The last component of "torch.cuda.FloatStorage".
absl::string_view LastName(absl::string_view name) { return name.substr(name.rfind('.') + 1); }

absl::StatusOr<std::vector<int64_t>> Integers(const PickleValue& value, absl::string_view what) {
  if (!value.is(Kind::kTuple) && !value.is(Kind::kList)) {
    if (value.is(Kind::kCall) && value.text == "torch.Size" && value.arguments->items.size() == 1) {
      return Integers(*value.arguments->items[0], what);
    }
    return Bad(absl::StrCat("the ", what, " of a tensor is no tuple"));
  }
  std::vector<int64_t> numbers;
  for (const PickleValue* item : value.items) {
    if (!item->is(Kind::kInteger) || item->integer < 0) return Bad(absl::StrCat("the ", what, " of a tensor has a wrong number"));
    numbers.push_back(item->integer);
  }
  if (numbers.size() > 64) return Bad(absl::StrCat("the ", what, " of a tensor has ", numbers.size(), " numbers"));
  return numbers;
}

// The number of elements, and the greatest index into the storage that one of them has.
struct Extent {
  int64_t elements = 1, last = 0;
};
absl::StatusOr<Extent> ExtentOf(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides, int64_t offset) {
  Extent extent;
  extent.last = offset;
  int64_t at_least = 1;  // the product as if no size were 0: also that of an empty tensor must be a number
  for (size_t i = 0; i < sizes.size(); ++i) {
    const int64_t size = std::max<int64_t>(sizes[i], 1);
    int64_t reach = 0;
    if (__builtin_mul_overflow(at_least, size, &at_least) || __builtin_mul_overflow(size - 1, strides[i], &reach) ||
        __builtin_add_overflow(extent.last, reach, &extent.last)) {
      return Bad("a tensor's size overflows");
    }
    extent.elements = sizes[i] == 0 ? 0 : extent.elements * size;
  }
  return extent;
}

std::string ShortestReal(double real) {
  for (const int digits : {15, 16}) {
    const std::string text = absl::StrFormat("%.*g", digits, real);
    if (strtod(text.c_str(), nullptr) == real) return text;
  }
  return absl::StrFormat("%.17g", real);
}

class Walker {
 public:
  explicit Walker(const TreeOptions& options) : options_(options) {}

  absl::Status Walk(const PickleValue& value, const std::string& name, int depth) {
    if (depth > kMaxDepth) return Bad(absl::StrCat("containers nested deeper than ", kMaxDepth));
    if (name.size() > kMaxName) return Bad(absl::StrCat("a name of more than ", kMaxName, " bytes"));
    if (++visits_ > kMaxVisits) return Bad(absl::StrCat("more than ", kMaxVisits, " values"));
    switch (value.kind) {
      case Kind::kBool:
        return Scalar(name, value.integer != 0 ? "True" : "False");
      case Kind::kInteger:
        return Scalar(name, absl::StrCat(value.integer));
      case Kind::kReal:
        return Scalar(name, ShortestReal(value.real));
      case Kind::kText:
        return value.text.size() <= kMaxScalarText ? Scalar(name, value.text) : absl::OkStatus();
      case Kind::kCall: {
        const absl::StatusOr<at::Tensor> tensor = Tensor(value);
        if (!tensor.ok()) return Annotate(tensor.status(), name.empty() ? "the tensor" : name);
        if (tensor->defined()) return Add(name, *tensor);
        if (absl::EndsWith(value.text, "multiarray.scalar")) return NumpyScalar(value, name);
        // TorchScript's lists and dicts: (the container, its type).
        if (value.text == "torch.jit._pickle.restore_type_tag" && !value.arguments->items.empty()) {
          return Walk(*value.arguments->items[0], name, depth + 1);
        }
        return Members(value, name, depth);
      }
      case Kind::kDict:
      case Kind::kList:
      case Kind::kTuple:
      case Kind::kSet:
        return Members(value, name, depth);
      case Kind::kObject:
        if (value.state != nullptr) {
          // __slots__ give a pair: the dict, and the dict of slots.
          ASAP_RETURN_IF_ERROR(value.state->is(Kind::kTuple) ? Unnamed(*value.state, name, depth)
                                                             : Walk(*value.state, name, depth + 1));
        }
        return Members(value, name, depth);
      default:
        return absl::OkStatus();
    }
  }

  TorchFile file;

 private:
  absl::Status Unnamed(const PickleValue& tuple, const std::string& name, int depth) {
    for (const PickleValue* item : tuple.items) {
      if (item->is(Kind::kDict)) ASAP_RETURN_IF_ERROR(Walk(*item, name, depth + 1));
    }
    return absl::OkStatus();
  }

  absl::Status Members(const PickleValue& value, const std::string& name, int depth) {
    const std::string prefix = name.empty() ? "" : absl::StrCat(name, ".");
    for (const auto& [key, member] : value.pairs) {
      if (key->is(Kind::kText)) {
        if (key->text.size() > kMaxName) return Bad(absl::StrCat("a name of more than ", kMaxName, " bytes"));
        ASAP_RETURN_IF_ERROR(Walk(*member, absl::StrCat(prefix, key->text), depth + 1));
      } else if (key->is(Kind::kInteger)) {
        ASAP_RETURN_IF_ERROR(Walk(*member, absl::StrCat(prefix, key->integer), depth + 1));
      }
    }
    for (size_t i = 0; i < value.items.size(); ++i) {
      ASAP_RETURN_IF_ERROR(Walk(*value.items[i], absl::StrCat(prefix, i), depth + 1));
    }
    return absl::OkStatus();
  }

  absl::Status Scalar(const std::string& name, std::string text) {
    file.scalars.emplace_back(name, std::move(text));
    return absl::OkStatus();
  }

  absl::Status Add(const std::string& name, const at::Tensor& tensor) {
    if (!names_.insert(name).second) return Bad(absl::StrCat("two tensors are named \"", name, "\""));
    file.tensors.push_back({name, tensor});
    return absl::OkStatus();
  }

  // numpy.core.multiarray.scalar(dtype, bytes): a loss, a learning rate. Types other than these are left out.
  absl::Status NumpyScalar(const PickleValue& value, const std::string& name) {
    const std::vector<const PickleValue*>& given = value.arguments->items;
    if (given.size() != 2 || !given[0]->is(Kind::kCall) || given[0]->arguments->items.empty()) return absl::OkStatus();
    const std::string& type = given[0]->arguments->items[0]->text;
    const std::string raw = BytesOf(*given[1]);
    const auto as = [&raw](auto number) {
      memcpy(&number, raw.data(), sizeof(number));
      return number;
    };
    if (type == "f8" && raw.size() == 8) return Scalar(name, ShortestReal(as(double{})));
    if (type == "f4" && raw.size() == 4) return Scalar(name, absl::StrFormat("%.9g", as(float{})));
    if (type == "i8" && raw.size() == 8) return Scalar(name, absl::StrCat(as(int64_t{})));
    if (type == "i4" && raw.size() == 4) return Scalar(name, absl::StrCat(as(int32_t{})));
    if (type == "b1" && raw.size() == 1) return Scalar(name, raw[0] != 0 ? "True" : "False");
    return absl::OkStatus();
  }

  // Bytes, of which protocol 2 makes _codecs.encode(text, "latin1").
  static std::string BytesOf(const PickleValue& value) {
    if (!value.is(Kind::kCall) || value.text != "_codecs.encode" || value.arguments->items.empty()) return value.text;
    const std::string& text = value.arguments->items[0]->text;
    std::string bytes;
    for (size_t i = 0; i < text.size() && bytes.size() < 16; ++i) {
      const uint8_t byte = text[i];
      bytes += static_cast<char>(byte < 0x80 || i + 1 == text.size() ? byte : (byte & 3) << 6 | (text[++i] & 0x3f));
    }
    return bytes;
  }

  // The tensor that the call stands for; undefined for other calls.
  absl::StatusOr<at::Tensor> Tensor(const PickleValue& call) {
    const PickleValue* current = &call;
    const PickleValue* arguments = call.arguments;
    std::string name = call.text;
    // A parameter wraps a tensor, a subclass of Tensor the call that makes its base.
    for (int depth = 0; depth < 4; ++depth) {
      const auto& given = arguments->items;
      if (absl::StartsWith(name, "torch._utils._rebuild_parameter")) {
        if (given.empty() || !given[0]->is(Kind::kCall)) return Bad("a parameter without a tensor");
        current = given[0];
        arguments = current->arguments;
        name = current->text;
      } else if (name == "torch._tensor._rebuild_from_type_v2") {
        if (given.size() < 3 || !given[0]->is(Kind::kGlobal) || !given[2]->is(Kind::kTuple)) return Bad("a tensor without data");
        arguments = given[2];
        name = given[0]->text;
      } else {
        break;
      }
    }
    if (!absl::StartsWith(name, "torch._utils._rebuild_tensor")) {
      return current == &call && name == call.text ? absl::StatusOr<at::Tensor>(at::Tensor())
                                                   : Bad("a parameter without a tensor");
    }
    // (storage, offset, size, stride, requires_grad, hooks[, dtype of version 3][, metadata])
    const auto& given = arguments->items;
    if (given.size() < 4 || !given[0]->is(Kind::kPersistent)) return Bad("a tensor without a storage");
    ASAP_ASSIGN_OR_RETURN(StorageId id, ParseStorageId(*given[0]));
    if (name == "torch._utils._rebuild_tensor_v3") {
      if (given.size() < 7 || !given[6]->is(Kind::kGlobal)) return Bad("a tensor without a type");
      const auto* type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                      [&](const TypeName& t) { return absl::StrCat("torch.", t.dtype) == given[6]->text; });
      if (type == std::end(kTypes)) return Bad(absl::StrCat("a tensor of the type ", given[6]->text, ", which is not read"));
      id.elements = id.elements * c10::elementSize(id.type) / c10::elementSize(type->type);
      id.type = type->type;
    }
    if (!given[1]->is(Kind::kInteger) || given[1]->integer < 0) return Bad("a tensor's offset is no number");
    ASAP_ASSIGN_OR_RETURN(const std::vector<int64_t> sizes, Integers(*given[2], "size"));
    ASAP_ASSIGN_OR_RETURN(const std::vector<int64_t> strides, Integers(*given[3], "stride"));
    return View(id, given[1]->integer, sizes, strides);
  }

  absl::StatusOr<at::Tensor> View(const StorageId& id, int64_t offset, const std::vector<int64_t>& sizes,
                                  const std::vector<int64_t>& strides) {
    if (sizes.size() != strides.size()) return Bad("a tensor's size and stride differ in length");
    ASAP_ASSIGN_OR_RETURN(const Extent extent, ExtentOf(sizes, strides, offset));
    const auto type = at::TensorOptions().dtype(id.type);
    if (extent.elements == 0) return at::empty(sizes, type);
    if (extent.elements > options_.max_elements) {
      return Bad(absl::StrCat("a tensor of ", extent.elements, " elements, more than the file has bytes"));
    }
    if (extent.last >= id.elements) {
      return Bad(absl::StrCat("a tensor reaches element ", extent.last, " of a storage of ", id.elements));
    }
    ASAP_ASSIGN_OR_RETURN(absl::string_view bytes, options_.storage(id));
    const uint64_t width = c10::elementSize(id.type);
    int64_t end = 0;  // of what the id may see, in elements
    if (__builtin_add_overflow(id.first, id.elements, &end) || static_cast<uint64_t>(end) > bytes.size() / width) {
      return Bad(absl::StrCat("its storage ", id.key, " has ", bytes.size(), " bytes, expected ", id.elements, " elements of ",
                              width, " bytes; is the file cut short?"));
    }
    bytes = bytes.substr(id.first * width, id.elements * width);
    if (id.type == at::kBool && std::any_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte > 1; })) {
      return Bad("a boolean that is neither 0 nor 1");
    }
    const char* data = bytes.data() + offset * width;
    const int64_t span = extent.last - offset + 1;
    if (reinterpret_cast<uintptr_t>(data) % width != 0) {
      const at::Tensor copy = at::empty({span}, type);
      memcpy(copy.data_ptr(), data, span * width);
      return copy.as_strided(sizes, strides);
    }
    return at::from_blob(
        const_cast<char*>(data), sizes, strides, [keep = options_.keep_alive](void*) {}, type);
  }

  const TreeOptions& options_;
  size_t visits_ = 0;
  std::set<std::string> names_;
};

}  // namespace

const PickleOptions& TorchPickleOptions() {
  static const auto* const options = new PickleOptions{
      .calls = {// Tensors.
                "torch._tensor._rebuild_from_type_v2", "torch._utils._rebuild_parameter",
                "torch._utils._rebuild_parameter_with_state", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
                "torch._utils._rebuild_tensor_v3", "torch.Size", "torch.device", "torch.jit._pickle.build_boollist",
                "torch.jit._pickle.build_doublelist", "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_tensorlist",
                "torch.jit._pickle.restore_type_tag",
                // Plain containers and settings.
                "__builtin__.bytearray", "__builtin__.frozenset", "__builtin__.set", "_codecs.encode", "argparse.Namespace",
                "builtins.bytearray", "builtins.frozenset", "builtins.set", "collections.Counter", "collections.OrderedDict",
                "collections.defaultdict", "numpy._core.multiarray._reconstruct", "numpy._core.multiarray.scalar",
                "numpy.core.multiarray._reconstruct", "numpy.core.multiarray.scalar", "numpy.dtype", "pathlib.Path",
                "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath", "pathlib.WindowsPath"}};
  return *options;
}

absl::StatusOr<StorageId> ParseStorageId(const PickleValue& persistent) {
  const PickleValue& id = *persistent.arguments;
  const auto& items = id.items;
  if (!id.is(Kind::kTuple) || items.size() < 5 || items[0]->text != "storage" || !items[1]->is(Kind::kGlobal) ||
      !items[2]->is(Kind::kText) || !items[4]->is(Kind::kInteger)) {
    return Bad("a reference to something that is no storage");
  }
  const auto* type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                  [&](const TypeName& t) { return LastName(items[1]->text) == t.storage; });
  if (type == std::end(kTypes) || !absl::StartsWith(items[1]->text, "torch.")) {
    return Bad(absl::StrCat("a storage of the type ", items[1]->text, ", which is not read"));
  }
  StorageId storage{.key = items[2]->text, .type = type->type, .elements = items[4]->integer};
  // Views (view key, offset, elements) of a storage, from before PyTorch 1.
  if (items.size() > 5 && items[5]->is(Kind::kTuple)) {
    const auto& view = items[5]->items;
    if (view.size() != 3 || !view[1]->is(Kind::kInteger) || !view[2]->is(Kind::kInteger))
      return Bad("a storage's view is damaged");
    storage.first = view[1]->integer;
    storage.elements = view[2]->integer;
  }
  if (storage.elements < 0 || storage.first < 0) return Bad("a storage of negative size");
  return storage;
}

absl::StatusOr<TorchFile> FlattenTree(const PickleValue& root, const TreeOptions& options) {
  Walker walker(options);
  ASAP_RETURN_IF_ERROR(walker.Walk(root, "", 0));
  for (const char* key : {"model", "state_dict", "model_state_dict"}) {
    const PickleValue* const state = root.is(Kind::kDict) ? root.Find(key) : nullptr;
    if (state != nullptr && state->is(Kind::kDict)) {
      walker.file.state_prefix = absl::StrCat(key, ".");
      break;
    }
  }
  return std::move(walker.file);
}

}  // namespace asap::internal
