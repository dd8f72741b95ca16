#include "core/io/torch_file.h"

#include <cstring>
#include <exception>
#include <map>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/bytes/mapped_file.h"
#include "core/io/pickle.h"
#include "core/io/stored_zip.h"
#include "core/io/torch_tree.h"

namespace asap {
namespace {

using Kind = PickleValue::Kind;
using File = std::shared_ptr<const MappedFile>;

constexpr absl::string_view kZipMagic("PK\3\4", 4);
constexpr absl::string_view kPickleMagic("\x80", 1);
// Legacy files begin with the pickle of 0x1950a86a20f9469cfc6c.
constexpr absl::string_view kLegacyMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
constexpr size_t kTarMagicOffset = 257;

absl::Status Bad(absl::string_view message) { return absl::InvalidArgumentError(message); }

bool IsTar(absl::string_view bytes) { return bytes.size() > kTarMagicOffset + 5 && bytes.substr(kTarMagicOffset, 5) == "ustar"; }

absl::StatusOr<TorchFile> ReadZip(const File& file) {
  ASAP_ASSIGN_OR_RETURN(const internal::StoredZip zip, internal::ReadStoredZip(file->bytes()));
  // All entries stand in one folder, whose name is the file's when it was saved.
  std::string folder;
  for (const auto& [name, data] : zip.entries) {
    if (absl::EndsWith(name, "/data.pkl") && name.find('/') == name.size() - 9) folder = name.substr(0, name.size() - 8);
  }
  for (const auto& [name, entry] : zip.packed) {
    if (absl::EndsWith(name, "/data.pkl")) return zip.Find(name).status();
  }
  if (folder.empty())
    return Bad("a zip file without a data.pkl, so not one of torch.save's; if weights lie in it, unpack it first");
  if (const auto order = zip.Find(folder + "byteorder"); order.ok() && *order != "little") {
    return Bad("it was written on a big-endian machine, which is not read");
  }
  ASAP_ASSIGN_OR_RETURN(const absl::string_view pickle_bytes, zip.Find(folder + "data.pkl"));
  ASAP_ASSIGN_OR_RETURN(const Pickle pickle, ReadPickle(pickle_bytes, internal::TorchPickleOptions()));
  internal::TreeOptions tree;
  tree.storage = [&](const internal::StorageId& id) { return zip.Find(absl::StrCat(folder, "data/", id.key)); };
  tree.keep_alive = file;
  tree.max_elements = static_cast<int64_t>(file->bytes().size());
  return internal::FlattenTree(*pickle.root, tree);
}

// The bytes of each storage, which follow the pickles in the order of `keys`: the number of elements, and the elements.
absl::StatusOr<std::map<std::string, absl::string_view>> ReadLegacyStorages(absl::string_view bytes, const PickleValue& keys,
                                                                            const Pickle& pickle) {
  std::map<std::string, at::ScalarType> types;
  for (const PickleValue& value : *pickle.values) {
    if (!value.is(Kind::kPersistent)) continue;
    ASAP_ASSIGN_OR_RETURN(const internal::StorageId id, internal::ParseStorageId(value));
    types.emplace(id.key, id.type);
  }
  if (!keys.is(Kind::kList)) return Bad("its list of storages is no list");
  std::map<std::string, absl::string_view> storages;
  for (const PickleValue* key : keys.items) {
    const auto type = types.find(key->text);
    if (type == types.end()) return Bad(absl::StrCat("no tensor refers to its storage ", key->text));
    int64_t elements = 0;
    if (bytes.size() < sizeof(elements)) return Bad(absl::StrCat("it ends before its storage ", key->text, "; is it cut short?"));
    memcpy(&elements, bytes.data(), sizeof(elements));
    bytes.remove_prefix(sizeof(elements));
    const uint64_t width = c10::elementSize(type->second);
    if (elements < 0 || static_cast<uint64_t>(elements) > bytes.size() / width) {
      return Bad(absl::StrCat("its storage ", key->text, " claims ", elements, " elements of ", width, " bytes where ",
                              bytes.size(), " bytes are left; is the file cut short?"));
    }
    if (!storages.emplace(key->text, bytes.substr(0, elements * width)).second) {
      return Bad(absl::StrCat("its storage ", key->text, " is listed twice"));
    }
    bytes.remove_prefix(elements * width);
  }
  return storages;
}

// Five pickles (magic number, version, the machine, the tree, keys of storages) and the storages.
absl::StatusOr<TorchFile> ReadLegacy(const File& file) {
  absl::string_view bytes = file->bytes();
  const PickleOptions& options = internal::TorchPickleOptions();
  const auto next = [&]() -> absl::StatusOr<Pickle> {
    ASAP_ASSIGN_OR_RETURN(Pickle pickle, ReadPickle(bytes, options));
    bytes.remove_prefix(pickle.size);
    return pickle;
  };
  ASAP_ASSIGN_OR_RETURN(const Pickle magic, next());
  if (!magic.root->is(Kind::kBigInteger) || magic.root->text != kLegacyMagic) {
    return Bad("a pickle, but not one of torch.save's: the number that begins those is missing");
  }
  ASAP_ASSIGN_OR_RETURN(const Pickle version, next());
  if (!version.root->is(Kind::kInteger) || version.root->integer != 1001)
    return Bad("an unknown version of torch.save's older form");
  ASAP_ASSIGN_OR_RETURN(const Pickle machine, next());
  const PickleValue* const little = machine.root->Find("little_endian");
  if (little != nullptr && little->integer == 0) return Bad("it was written on a big-endian machine, which is not read");
  ASAP_ASSIGN_OR_RETURN(const Pickle tree, next());
  ASAP_ASSIGN_OR_RETURN(const Pickle keys, next());
  ASAP_ASSIGN_OR_RETURN(const auto storages, ReadLegacyStorages(bytes, *keys.root, tree));
  internal::TreeOptions flatten;
  flatten.storage = [&](const internal::StorageId& id) -> absl::StatusOr<absl::string_view> {
    const auto found = storages.find(id.key);
    if (found == storages.end()) return Bad(absl::StrCat("its storage ", id.key, " is not in the file"));
    return found->second;
  };
  flatten.keep_alive = file;
  flatten.max_elements = static_cast<int64_t>(file->bytes().size());
  ASAP_ASSIGN_OR_RETURN(TorchFile result, internal::FlattenTree(*tree.root, flatten));
  result.zip = false;
  return result;
}

absl::StatusOr<TorchFile> Read(const File& file) {
  const absl::string_view bytes = file->bytes();
  if (bytes.empty()) return Bad("the file is empty");
  if (absl::StartsWith(bytes, kZipMagic)) return ReadZip(file);
  if (absl::StartsWith(bytes, kPickleMagic)) return ReadLegacy(file);
  if (IsTar(bytes)) {
    return Bad(
        "a tar file, as PyTorch wrote before version 0.2; load it there and save it again; if weights lie in it as files, unpack "
        "it first");
  }
  return Bad("neither a zip file nor a pickle, so not one of torch.save's");
}

}  // namespace

bool BeginsLikeTorchFile(absl::string_view first_bytes) {
  return absl::StartsWith(first_bytes, kZipMagic) || absl::StartsWith(first_bytes, kPickleMagic) || IsTar(first_bytes);
}

absl::StatusOr<TorchFile> ReadTorchFile(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::Open(path));
  try {
    absl::StatusOr<TorchFile> file = Read(std::make_shared<const MappedFile>(std::move(mapped)));
    if (!file.ok()) return Annotate(file.status(), path);
    return file;
  } catch (const std::exception& error) {  // out of memory
    return absl::ResourceExhaustedError(absl::StrCat(path, ": ", error.what()));
  }
}

}  // namespace asap
