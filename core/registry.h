// One registry for every kind of plug-in: encoders, losses, datasets and tasks.
//
// Define (once, in the interface's header):
//   using DatasetFactory = std::function<absl::StatusOr<std::unique_ptr<Dataset>>(const DatasetOptions&)>;
//   #define REGISTER_DATASET(name, factory) ASAP_REGISTER(::asap::DatasetFactory, "dataset", name, factory)
//
// Register (the last line of a plug-in's .cc, whose BUILD target has `alwayslink = 1`):
//   REGISTER_DATASET("pairs", OpenPairs);
//
// Use:
//   ASAP_ASSIGN_OR_RETURN(DatasetFactory factory, Registry<DatasetFactory>::Get("dataset").Find("pairs"));
//
// In a test, ScopedRegistration adds an entry for the length of a scope.
//
// A duplicate name ends the program at start: two plug-ins that share a name are a programmer's error. An unknown name is a
// user's error and lists its near matches. Registration happens before main(); afterwards the registry is only read, from any
// thread.
#ifndef ASAP_CORE_REGISTRY_H_
#define ASAP_CORE_REGISTRY_H_

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/suggest.h"

namespace asap {

template <typename Factory>
class Registry {
 public:
  // `kind` is the noun for messages: the first caller's stays.
  static Registry& Get(const char* kind) {
    static Registry* registry = new Registry(kind);  // never destroyed: plug-ins may outlive main()
    return *registry;
  }

  void Add(const std::string& name, Factory factory) {
    if (!entries_.emplace(name, std::move(factory)).second) {
      std::fprintf(stderr, "two plug-ins register the %s \"%s\"\n", kind_.c_str(), name.c_str());
      std::abort();
    }
  }

  absl::StatusOr<Factory> Find(const std::string& name) const {
    const auto entry = entries_.find(name);
    if (entry == entries_.end()) return absl::InvalidArgumentError(UnknownName(kind_, name, Names()));
    return entry->second;
  }

  // Sorted.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& [name, factory] : entries_) names.push_back(name);
    return names;
  }

 private:
  template <typename>
  friend class ScopedRegistration;
  explicit Registry(const char* kind) : kind_(kind) {}

  std::string kind_;
  std::map<std::string, Factory> entries_;
};

// Registers for the length of a scope. For tests.
template <typename Factory>
class ScopedRegistration {
 public:
  ScopedRegistration(const char* kind, std::string name, Factory factory)
      : registry_(Registry<Factory>::Get(kind)), name_(std::move(name)) {
    registry_.Add(name_, std::move(factory));
  }
  ~ScopedRegistration() { registry_.entries_.erase(name_); }
  ScopedRegistration(const ScopedRegistration&) = delete;
  ScopedRegistration& operator=(const ScopedRegistration&) = delete;

 private:
  Registry<Factory>& registry_;
  std::string name_;
};

}  // namespace asap

#define ASAP_REGISTER_CONCAT_INNER(a, b) a##b
#define ASAP_REGISTER_CONCAT(a, b) ASAP_REGISTER_CONCAT_INNER(a, b)
#define ASAP_REGISTER(Factory, kind, name, factory)                                        \
  [[maybe_unused]] static const bool ASAP_REGISTER_CONCAT(asap_registered_, __COUNTER__) = \
      (::asap::Registry<Factory>::Get(kind).Add(name, factory), true)

#endif  // ASAP_CORE_REGISTRY_H_
