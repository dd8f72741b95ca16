#include "core/io/write_torch_file.h"

#include <caffe2/serialize/inline_container.h>

#include <cstdint>
#include <exception>
#include <limits>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/io/byte_sink.h"
#include "core/io/pickle_opcodes.h"

namespace asap {
namespace {

using namespace internal;  // the opcodes: NOLINT(google-build-using-namespace)

// The names of storages of the types that ReadTorchFile reads.
const char* StorageName(at::ScalarType type) {
  switch (type) {
    case at::kDouble:
      return "DoubleStorage";
    case at::kFloat:
      return "FloatStorage";
    case at::kHalf:
      return "HalfStorage";
    case at::kBFloat16:
      return "BFloat16Storage";
    case at::kLong:
      return "LongStorage";
    case at::kInt:
      return "IntStorage";
    case at::kShort:
      return "ShortStorage";
    case at::kChar:
      return "CharStorage";
    case at::kByte:
      return "ByteStorage";
    case at::kBool:
      return "BoolStorage";
    default:
      return nullptr;
  }
}

// A pickle of protocol 2, as torch.save's. Without a memo: nothing in it is shared.
class Pickler {
 public:
  Pickler() : bytes_("\x80\2", 2) {}
  std::string Finish() {
    Op(kStop);
    return std::move(bytes_);
  }

  void Op(uint8_t opcode) { bytes_ += static_cast<char>(opcode); }

  void Text(absl::string_view text) {
    Op(kBinUnicode);
    Raw(static_cast<uint32_t>(text.size()));
    bytes_.append(text.data(), text.size());
  }

  void Integer(int64_t number) {
    if (number >= 0 && number <= std::numeric_limits<int32_t>::max()) {
      Op(kBinInt);
      Raw(static_cast<int32_t>(number));
    } else {
      Op(kLong1);
      Op(sizeof(number));
      Raw(number);
    }
  }

  void Integers(at::IntArrayRef numbers) {
    Op(kMark);
    for (const int64_t number : numbers) Integer(number);
    Op(kTuple);
  }

  void Global(absl::string_view module, absl::string_view name) {
    Op(kGlobal);
    absl::StrAppend(&bytes_, module, "\n", name, "\n");
  }

  void OrderedDict() {
    Global("collections", "OrderedDict");
    Op(kEmptyTuple);
    Op(kReduce);
  }

  // A contiguous tensor whose storage is the record data/KEY.
  void Tensor(const at::Tensor& tensor, absl::string_view key) {
    Global("torch._utils", "_rebuild_tensor_v2");
    Op(kMark);
    Op(kMark);
    Text("storage");
    Global("torch", StorageName(tensor.scalar_type()));
    Text(key);
    Text("cpu");
    Integer(tensor.numel());
    Op(kTuple);
    Op(kBinPersId);
    Integer(0);  // offset
    Integers(tensor.sizes());
    Integers(tensor.strides());
    Op(kNewFalse);  // requires_grad
    OrderedDict();  // hooks
    Op(kTuple);
    Op(kReduce);
  }

 private:
  template <typename T>
  void Raw(T number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof(number));
  }

  std::string bytes_;
};

std::string PickleOf(const std::vector<at::Tensor>& tensors, const NamedTensors& names,
                     const std::map<std::string, std::string>& metadata) {
  Pickler pickler;
  pickler.Op(kEmptyDict);
  pickler.Op(kMark);
  pickler.Text("model");
  pickler.OrderedDict();
  pickler.Op(kMark);
  for (size_t i = 0; i < tensors.size(); ++i) {
    pickler.Text(names[i].name);
    pickler.Tensor(tensors[i], absl::StrCat(i));
  }
  pickler.Op(kSetItems);
  pickler.Text("metadata");
  pickler.Op(kEmptyDict);
  pickler.Op(kMark);
  for (const auto& [key, value] : metadata) {
    pickler.Text(key);
    pickler.Text(value);
  }
  pickler.Op(kSetItems);
  pickler.Op(kSetItems);
  return pickler.Finish();
}

}  // namespace

absl::Status WriteTorchFile(const std::string& path, const NamedTensors& tensors,
                            const std::map<std::string, std::string>& metadata) {
  std::set<std::string> names;
  for (const NamedTensor& named : tensors) {
    const auto bad = [&](absl::string_view what) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": \"", named.name, "\" ", what));
    };
    if (!named.tensor.defined()) return bad("is undefined");
    if (StorageName(named.tensor.scalar_type()) == nullptr) {
      return bad(absl::StrCat("has the type ", at::toString(named.tensor.scalar_type()), ", which is not written"));
    }
    if (!names.insert(named.name).second) return bad("is the name of two tensors");
  }
  return WriteAtomically(path, [&](const std::string& temporary) -> absl::Status {
    ByteSink sink(temporary);
    try {
      std::vector<at::Tensor> values;
      for (const NamedTensor& named : tensors) values.push_back(named.tensor.detach().to(at::kCPU).contiguous());
      caffe2::serialize::PyTorchStreamWriter writer([&](const void* data, size_t size) { return sink.Write(data, size); });
      const std::string pickle = PickleOf(values, tensors, metadata);
      writer.writeRecord("data.pkl", pickle.data(), pickle.size());
      writer.writeRecord("byteorder", "little", 6);
      for (size_t i = 0; i < values.size(); ++i) {
        writer.writeRecord(absl::StrCat("data/", i), values[i].data_ptr(), values[i].nbytes());
      }
      writer.writeEndOfFile();
    } catch (const std::exception& error) {
      return absl::InternalError(absl::StrCat(path, ": ", error.what()));
    }
    return sink.Close(path);
  });
}

}  // namespace asap
