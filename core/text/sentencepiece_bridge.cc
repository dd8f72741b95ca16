#include "core/text/sentencepiece_bridge.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <unordered_map>
#include <utility>

namespace asap::sentencepiece_bridge {
namespace {

class ProcessorModel : public Model {
 public:
  sentencepiece::util::Status Load(const std::string& bytes) { return processor_.LoadFromSerializedProto(bytes); }

  std::vector<int> Encode(const char* text, size_t size) const override {
    std::vector<int> ids;
    if (!processor_.Encode(std::string_view(text, size), &ids).ok()) ids.assign(1, processor_.unk_id());
    return ids;
  }
  std::string Decode(const std::vector<int>& ids) const override {
    std::string text;
    return processor_.Decode(ids, &text).ok() ? text : std::string();
  }
  int size() const override { return processor_.GetPieceSize(); }
  std::string Piece(int id) const override { return processor_.IdToPiece(id); }
  int Find(const std::string& piece) const override {
    const int id = processor_.PieceToId(piece);
    return processor_.IdToPiece(id) == piece ? id : -1;  // an unknown piece has the id of the unknown
  }
  int pad() const override { return processor_.pad_id(); }
  int unk() const override { return processor_.unk_id(); }
  int bos() const override { return processor_.bos_id(); }
  int eos() const override { return processor_.eos_id(); }

 private:
  sentencepiece::SentencePieceProcessor processor_;
};

class TextIterator : public sentencepiece::SentenceIterator {
 public:
  explicit TextIterator(const std::vector<std::string>& texts) : texts_(texts) {}
  bool done() const override { return index_ >= texts_.size(); }
  void Next() override { ++index_; }
  const std::string& value() const override { return texts_[index_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& texts_;
  size_t index_ = 0;
};

}  // namespace

std::unique_ptr<Model> Load(const std::string& bytes, std::string* error) {
  auto model = std::make_unique<ProcessorModel>();
  const sentencepiece::util::Status status = model->Load(bytes);
  if (!status.ok()) {
    *error = status.ToString();
    return nullptr;
  }
  return model;
}

std::string Train(const std::vector<std::string>& texts, int64_t vocabulary_size, std::string* error) {
  const std::unordered_map<std::string, std::string> arguments = {
      // Byte-pair merges count how often a word occurs; the unigram model seeds itself with substrings of distinct words, too few
      // in reports.
      {"model_type", "bpe"},
      {"vocab_size", std::to_string(vocabulary_size)},
      {"hard_vocab_limit", "false"},  // few reports hold fewer pieces than asked for: that is no error
      {"character_coverage", "1.0"},
      {"normalization_rule_name", "nmt_nfkc_cf"},  // NFKC and case folding
      {"pad_id", "0"},
      {"pad_piece", "[PAD]"},
      {"unk_id", "1"},
      {"unk_piece", "[UNK]"},
      {"bos_id", "2"},
      {"bos_piece", "[CLS]"},
      {"eos_id", "3"},
      {"eos_piece", "[SEP]"},
      {"control_symbols", "[MASK]"},
      // Pieces of their own, never parts of longer ones: the sentence rule looks at periods and digits.
      {"user_defined_symbols", ".,0,1,2,3,4,5,6,7,8,9"},
      {"split_digits", "true"},
      {"max_sentence_length", "1048576"},  // bytes; longer texts would be left out
      // Expected counts are summed thread by thread: a number of its own choice would change the model from machine to machine.
      {"num_threads", "4"},
      {"minloglevel", "2"},
  };
  TextIterator iterator(texts);
  std::string bytes;
  const sentencepiece::util::Status status = sentencepiece::SentencePieceTrainer::Train(arguments, &iterator, &bytes);
  if (!status.ok()) {
    *error = status.ToString();
    return "";
  }
  return bytes;
}

}  // namespace asap::sentencepiece_bridge
