// sentencepiece behind plain standard types: its header defines absl::string_view anew, so it meets no other header.
#ifndef ASAP_CORE_TEXT_SENTENCEPIECE_BRIDGE_H_
#define ASAP_CORE_TEXT_SENTENCEPIECE_BRIDGE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace asap::sentencepiece_bridge {

class Model {
 public:
  virtual ~Model() = default;
  virtual std::vector<int> Encode(const char* text, size_t size) const = 0;
  virtual std::string Decode(const std::vector<int>& ids) const = 0;
  virtual int size() const = 0;
  virtual std::string Piece(int id) const = 0;
  virtual int Find(const std::string& piece) const = 0;  // -1 where there is none
  virtual int pad() const = 0;                           // these four: -1 where there is none
  virtual int unk() const = 0;
  virtual int bos() const = 0;
  virtual int eos() const = 0;
};

// Null, and a reason in *error, where the bytes are no model.
std::unique_ptr<Model> Load(const std::string& bytes, std::string* error);

// The bytes of a model; empty, and a reason in *error, where training fails.
std::string Train(const std::vector<std::string>& texts, int64_t vocabulary_size, std::string* error);

}  // namespace asap::sentencepiece_bridge

#endif  // ASAP_CORE_TEXT_SENTENCEPIECE_BRIDGE_H_
