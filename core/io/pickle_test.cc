#include "core/io/pickle.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using Kind = PickleValue::Kind;
using ::testing::HasSubstr;

const PickleOptions kOptions = {.calls = {"_codecs.encode", "collections.OrderedDict"}};

std::string Fixture(const std::string& name) {
  const auto path = Runfile("asap/core/io/testdata/" + name);
  EXPECT_TRUE(path.ok()) << path.status();
  return *ReadFile(*path);
}

absl::Status StatusOf(absl::string_view bytes) { return ReadPickle(bytes, kOptions).status(); }

class EveryProtocol : public ::testing::TestWithParam<int> {};

// Written by CPython: see testdata/make_fixtures.py.
TEST_P(EveryProtocol, GivesTheSameValues) {
  const std::string bytes = Fixture(absl::StrCat("values_", GetParam(), ".pkl"));
  const auto pickle = ReadPickle(bytes + "what follows", kOptions);
  ASSERT_TRUE(pickle.ok()) << pickle.status();
  EXPECT_EQ(pickle->size, bytes.size());
  const PickleValue& root = *pickle->root;
  ASSERT_TRUE(root.is(Kind::kDict));
  EXPECT_TRUE(root.Find("none")->is(Kind::kNone));
  EXPECT_TRUE(root.Find("true")->is(Kind::kBool));
  EXPECT_EQ(root.Find("true")->integer, 1);
  std::vector<int64_t> integers;
  for (const PickleValue* item : root.Find("integers")->items) integers.push_back(item->integer);
  EXPECT_EQ(integers, (std::vector<int64_t>{0, -1, 255, 65536, -2147483648, int64_t{1} << 40, -(int64_t{1} << 62)}));
  if (GetParam() >= 2) {
    EXPECT_TRUE(root.Find("big")->is(Kind::kBigInteger));
    EXPECT_EQ(root.Find("big")->text, std::string(10, '\0') + '\1');
  }
  EXPECT_EQ(root.Find("real")->real, 0.1);
  EXPECT_EQ(root.Find("text")->text, "ünï\n'\"\\ \U0001f600");
  const PickleValue& raw = *root.Find("bytes");
  EXPECT_EQ(raw.is(Kind::kCall) ? raw.arguments->items[0]->text : raw.text,
            raw.is(Kind::kCall) ? std::string("\0\u00ff", 3) : std::string("\0\xff", 2));
  const PickleValue& tuples = *root.Find("tuples");
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(tuples.items[i]->items.size(), i);
  EXPECT_EQ(root.Find("ordered")->pairs[0].first->text, "b");
  EXPECT_EQ(root.Find("ordered")->Find("a")->integer, 2);
  EXPECT_EQ(root.Find("shared")->items[0], root.Find("shared")->items[1]) << "one list, named twice";
  const PickleValue& settings = *root.Find("settings");
  EXPECT_TRUE(settings.is(Kind::kObject)) << "a class that nobody knows is a record";
  EXPECT_EQ(settings.text, "__main__.Settings");
  EXPECT_EQ(settings.state->Find("rate")->real, 0.5);
  EXPECT_EQ(root.Find("absent"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(Pickle, EveryProtocol, ::testing::Range(0, 6));

// Every way of calling a function, on one that is not on the list.
TEST(Pickle, RefusesCallsAndNamesThem) {
  const std::string system("\x8c\2os\x8c\6system\x93", 13);
  for (const std::string& bytes : {
           std::string("cos\nsystem\n(S'true'\ntR."),  // REDUCE
           std::string("(S'true'\nios\nsystem\n."),    // INST
           std::string("(cos\nsystem\nS'true'\no."),   // OBJ
           system + "(S'true'\ntR.",                   // a name from the stack
           std::string("}(S'a'\ncos\nsystem\n)Ru."),   // within a dict
           std::string("cos\nsystem\n)R0N."),          // and forgotten at once
       }) {
    const absl::Status status = StatusOf(bytes);
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << bytes << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("it calls os.system")) << bytes;
  }
  EXPECT_THAT(std::string(StatusOf("cposix\nsystem\n)R.").message()), HasSubstr("posix.system (os.system)"));
  EXPECT_THAT(std::string(StatusOf("c__builtin__\neval\n(S'1'\ntR.").message()), HasSubstr("__builtin__.eval"));
  // The result of a call, called.
  EXPECT_THAT(std::string(StatusOf("c_codecs\nencode\n)R)R.").message()), HasSubstr("something that has no name"));
  // A class that is only named, or made without a call, is a record.
  EXPECT_TRUE(StatusOf("cos\nsystem\n.").ok());
  EXPECT_TRUE(StatusOf("cos\nsystem\n)\x81.").ok());
}

TEST(Pickle, RefusesWhatCannotBe) {
  const auto message = [](absl::string_view bytes) { return std::string(StatusOf(bytes).message()); };
  EXPECT_THAT(message(""), HasSubstr("cut short"));
  EXPECT_THAT(message("N"), HasSubstr("cut short"));
  EXPECT_THAT(message("."), HasSubstr("empty stack"));
  EXPECT_THAT(message("hello"), HasSubstr("byte 0 of the pickle"));
  EXPECT_THAT(message("\xff"), HasSubstr("no opcode"));
  EXPECT_THAT(message(absl::string_view("\x80\6N.", 4)), HasSubstr("protocol 6"));
  EXPECT_THAT(message("X\xff\xff\xff\x7f"), HasSubstr("claims 2147483647 bytes where 0 are left"));
  EXPECT_THAT(message(std::string("\x8d\xff\xff\xff\xff\xff\xff\xff\xff", 9)), HasSubstr("claims 18446744073709551615 bytes"));
  EXPECT_THAT(message(std::string("\x95\xff\xff\xff\xff\xff\xff\xff\xff", 9)), HasSubstr("frame"));
  EXPECT_THAT(message("h\7."), HasSubstr("recalls"));
  EXPECT_THAT(message("t."), HasSubstr("mark"));
  EXPECT_THAT(message("N(\x86."), HasSubstr("empty stack")) << "nothing is taken from below a mark";
  EXPECT_THAT(message("NNs."), HasSubstr("empty stack"));
  EXPECT_THAT(message("NNNs."), HasSubstr("no dictionary"));
  EXPECT_THAT(message("NNa."), HasSubstr("no list"));
  EXPECT_THAT(message("NNb."), HasSubstr("state"));
  EXPECT_THAT(message("}(Nu."), HasSubstr("key without a value"));
  EXPECT_THAT(message("I12"), HasSubstr("line without an end"));
  EXPECT_THAT(message("Ix\n."), HasSubstr("decimal number"));
  EXPECT_THAT(message("\x82\1."), HasSubstr("extension code"));
  EXPECT_THAT(message("\x97."), HasSubstr("outside the pickle"));
  EXPECT_THAT(message("c" + std::string(2000, 'a') + "\nb\n."), HasSubstr("1000 bytes"));
}

// A kilobyte must not become gigabytes: what a pickle can name often is not copied, and values are counted.
TEST(Pickle, IsBoundedInMemory) {
  const PickleOptions few = {.calls = {"collections.OrderedDict"}, .max_values = 1000};
  const auto message = [&](const std::string& bytes) { return std::string(ReadPickle(bytes, few).status().message()); };
  EXPECT_THAT(message(std::string(2000, ')') + "."), HasSubstr("more than 1000 values"));
  EXPECT_THAT(message(std::string(2000, '(') + "."), HasSubstr("more than 1000 marks"));
  EXPECT_THAT(message("N" + std::string(2000, '2') + "."), HasSubstr("more than 1000 values on the stack"));
  std::string pairs = "ccollections\nOrderedDict\nq\1(]q\2(";  // a long list of pairs, from which many dicts are made
  for (int i = 0; i < 200; ++i) pairs += "NN\x86";
  pairs += "et0";
  for (int i = 0; i < 20; ++i) pairs += "h\1h\2\x85R";
  EXPECT_THAT(message(pairs + "."), HasSubstr("more than 1000 values"));
}

// Cycles and deep nesting are values like any others.
TEST(Pickle, DeepAndCyclicValuesAreHarmless) {
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "]";
  for (int i = 0; i < 99'999; ++i) nested += "a";
  EXPECT_TRUE(StatusOf(nested + ".").ok());
  const auto cycle = ReadPickle("]q\1h\1a.", kOptions);
  ASSERT_TRUE(cycle.ok());
  EXPECT_EQ(cycle->root->items[0], cycle->root);
}

TEST(Pickle, MutatedBytesGiveValuesOrAnErrorAndNeverACrash) {
  std::mt19937 random(1);
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = Fixture(absl::StrCat("values_", round % 6, ".pkl"));
    for (int change = 1 + random() % 4; change > 0; --change) {
      const size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
          break;
        case 2:
          bytes.resize(at + 1);
          break;
        default:
          bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 32));
      }
    }
    refused += !StatusOf(bytes).ok();
  }
  EXPECT_GT(refused, 5'000);
  EXPECT_LT(refused, 20'000);
}

}  // namespace
}  // namespace asap
