#include "core/csv/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/csv/missing.h"

namespace asap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Write(const std::string& contents) {
  static int count = 0;
  const std::string path = absl::StrCat(::testing::TempDir(), "/table", count++, ".csv");
  std::ofstream(path, std::ios::binary) << contents;
  return path;
}

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::vector<int64_t> lines, offsets;
};

absl::StatusOr<Table> ReadAll(const std::string& path) {
  auto csv = CsvReader::Open(path);
  if (!csv.ok()) return csv.status();
  Table table{.columns = (*csv)->columns()};
  while (true) {
    const auto more = (*csv)->Next();
    if (!more.ok()) return more.status();
    if (!*more) return table;
    std::vector<std::string> row;
    for (size_t i = 0; i < table.columns.size(); ++i) row.emplace_back((**csv)[i]);
    table.rows.push_back(row);
    table.lines.push_back((*csv)->line());
    table.offsets.push_back((*csv)->offset());
  }
}

TEST(CsvTest, QuotesLineEndsAndByteOrderMark) {
  const std::string path = Write(
      "\xEF\xBB\xBFid, text \r\n"
      "1,plain\r\n"
      "2,\"comma, \"\"quoted\"\" and\nline\r\nend\"\r\n"
      "\r\n"
      "3,\"\"\n"
      "4,in\"ner\n"
      "\"5\",\"\"\"\"");
  const auto table = ReadAll(path);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->columns, ElementsAre("id", "text"));
  EXPECT_THAT(table->rows, ElementsAre(ElementsAre("1", "plain"), ElementsAre("2", "comma, \"quoted\" and\nline\r\nend"),
                                       ElementsAre("3", ""), ElementsAre("4", "in\"ner"), ElementsAre("5", "\"")));
  EXPECT_THAT(table->lines, ElementsAre(2, 3, 7, 8, 9));
  const auto rows = CsvRows::Open(path);
  ASSERT_TRUE(rows.ok());
  for (size_t i = 0; i < table->rows.size(); ++i) EXPECT_EQ((*rows)->Read(table->offsets[i]).value(), table->rows[i]);
}

TEST(CsvTest, RowsAcrossBuffersAreWhole) {
  // Cells of many lengths move the ends of rows over every position of the reader's buffer; one row is longer than it.
  std::string contents = "id,text\n";
  std::vector<std::string> expected;
  for (int i = 0; i < 3000; ++i) {
    expected.push_back(absl::StrCat(std::string(i == 1500 ? 3'000'000 : i % 1023, 'a' + i % 26), i % 3 == 0 ? "\"\n\"" : ","));
    std::string quoted;
    for (char c : expected.back()) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    absl::StrAppend(&contents, i, ",\"", quoted, "\"\r\n");
  }
  const std::string path = Write(contents);
  const auto table = ReadAll(path);
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->rows.size(), expected.size());
  const auto rows = CsvRows::Open(path);
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(table->rows[i][0], absl::StrCat(i));
    ASSERT_TRUE(table->rows[i][1] == expected[i]) << i;
    ASSERT_TRUE((*rows)->Read(table->offsets[i]).value()[1] == expected[i]) << i;
  }
}

TEST(CsvTest, TabsSeparateTheCellsOfATsv) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/table.tsv");
  std::ofstream(path, std::ios::binary) << "id\ttext\n1\ta, b\n2\t\"tab\there\"\n";
  const auto table = ReadAll(path);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->columns, ElementsAre("id", "text"));
  EXPECT_THAT(table->rows, ElementsAre(ElementsAre("1", "a, b"), ElementsAre("2", "tab\there")));
  const auto rows = CsvRows::Open(path);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*(*rows)->Read(table->offsets[1]), ElementsAre("2", "tab\there"));
}

TEST(CsvTest, OldMacLineEndsAndNoFinalLineEnd) {
  const auto table = ReadAll(Write("a,b\r1,2\r3,"));
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->rows, ElementsAre(ElementsAre("1", "2"), ElementsAre("3", "")));
}

TEST(CsvTest, MissingColumnNamesFileColumnsAndNearMatch) {
  const std::string path = Write("volume,finding,impression\nx,y,z\n");
  const auto csv = CsvReader::Open(path);
  ASSERT_TRUE(csv.ok());
  EXPECT_EQ((*csv)->Column("impression").value(), 2u);
  const std::string message((*csv)->Column("findings").status().message());
  EXPECT_THAT(message, HasSubstr(path));
  EXPECT_THAT(message, HasSubstr("\"findings\"; did you mean \"finding\"?"));
  EXPECT_THAT(message, HasSubstr("Known: volume, finding, impression."));
}

TEST(CsvTest, OtherSeparatorIsNamed) {
  const auto csv = CsvReader::Open(Write("volume;findings\nx;y\n"));
  ASSERT_TRUE(csv.ok());
  EXPECT_THAT(std::string((*csv)->Column("volume").status().message()), HasSubstr("separate the cells by commas"));
}

TEST(CsvTest, ColumnTwice) {
  const auto csv = CsvReader::Open(Write("a,b,a\n1,2,3\n"));
  ASSERT_TRUE(csv.ok());
  EXPECT_THAT(std::string((*csv)->Column("a").status().message()), HasSubstr("appears twice"));
}

TEST(CsvTest, LetterCaseOfAColumnDoesNotMatter) {
  const auto csv = CsvReader::Open(Write("VolumeName,findings,A,a\n1,2,3,4\n"));
  ASSERT_TRUE(csv.ok());
  EXPECT_EQ((*csv)->Column("volumename").value(), 0u);
  EXPECT_TRUE((*csv)->HasColumn("FINDINGS"));
  EXPECT_THAT(std::string((*csv)->Column("A").status().message()), HasSubstr("\"A\" and \"a\" differ in letter case alone"));
}

TEST(CsvTest, TheFirstPublishedNameThatIsThere) {
  const auto csv = CsvReader::Open(Write("name,Impressions,IMPRESSION\n1,2,3\n"));
  ASSERT_TRUE(csv.ok());
  EXPECT_EQ((*csv)->Column({"Impressions_EN", "impressions", "impression"}).value(), 1u);
  EXPECT_EQ((*csv)->Column({"impression", "impressions"}).value(), 2u);
  const std::string message((*csv)->Column({"Findings_EN", "findings"}).status().message());
  EXPECT_THAT(message, HasSubstr("none of the columns Findings_EN, findings is there"));
  EXPECT_THAT(message, HasSubstr("Known: name, Impressions, IMPRESSION."));
}

TEST(CsvTest, RowsThatSayTheSameHaveOneDigest) {
  const auto csv = CsvReader::Open(Write("a,b,c\nx,y,1\n x ,\"y\",2\nx,z,1\nxy,,1\n,xy,1\n"));
  ASSERT_TRUE(csv.ok());
  std::vector<uint64_t> digests;
  while (*(*csv)->Next()) digests.push_back((*csv)->Digest({0, 1}));
  ASSERT_EQ(digests.size(), 5u);
  EXPECT_EQ(digests[0], digests[1]);
  EXPECT_NE(digests[0], digests[2]);
  EXPECT_NE(digests[3], digests[4]);
}

TEST(CsvTest, ErrorsNameTheLineAndNoCell) {
  const struct {
    const char* contents;
    const char* expected;
  } cases[] = {
      {"a,b\n1,2\nsecret,2,3\n", ":3: the row has 3 cells, the header has 2"},
      {"a,b\n1,2\nsecret\n", ":3: the row has 1 cells, the header has 2"},
      {"a,b\n1,\"se\ncret\"x\n", ":2: text follows a closing quote"},
      {"a,b\n1,2\n3,\"secret\n4,5\n", ":3: a quote in the row that begins here is never closed"},
      {"a,b\n1,\"x\nse\xE9"
       "cret\"\n",
       ":3: not UTF-8"},
      {"a,b\n1,\xED\xA0\x80\n", ":2: not UTF-8"},  // a surrogate
      {"a,b\n1,\xC0\xAF\n", ":2: not UTF-8"},      // overlong
      {"", "empty; expected a header"},
      {"\n \n", "empty; expected a header"},
      {"\xFF\xFE"
       "a",
       "UTF-16"},
  };
  for (const auto& c : cases) {
    const std::string path = Write(c.contents);
    const auto table = ReadAll(path);
    ASSERT_FALSE(table.ok()) << c.expected;
    const std::string message(table.status().message());
    EXPECT_THAT(message, HasSubstr(path));
    EXPECT_THAT(message, HasSubstr(c.expected));
    EXPECT_THAT(message, Not(HasSubstr("cret")));
  }
  EXPECT_THAT(std::string(ReadAll("/nowhere/x.csv").status().message()), HasSubstr("/nowhere/x.csv: cannot be opened"));
  EXPECT_THAT(std::string(ReadAll(::testing::TempDir()).status().message()), HasSubstr("not a file"));
}

TEST(CsvTest, ZeroByteIsRefused) {
  EXPECT_THAT(std::string(ReadAll(Write(std::string("a,b\n1,\0\n", 8))).status().message()), HasSubstr("zero byte"));
}

TEST(CsvTest, RowOfAFileThatShrankIsAnError) {
  const std::string path = Write("a,b\n1,\"x\ny\"\n");
  const auto rows = CsvRows::Open(path);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ((*rows)->Read(4).value()[1], "x\ny");
  EXPECT_FALSE((*rows)->Read(6).value() == (*rows)->Read(4).value());
  EXPECT_FALSE((*rows)->Read(10).ok());  // within the quotes
}

// What is written with every quote doubled is read back, whatever the cells hold.
TEST(CsvTest, RandomTablesRoundTrip) {
  static constexpr absl::string_view kAlphabet[] = {"a", "\"", ",", "\n", "\r\n", "\r", " ", "\xC3\xA9", "'", ""};
  for (uint64_t seed = 0; seed < 200; ++seed) {
    CounterRng rng(seed, "csv");
    std::vector<std::vector<std::string>> expected(rng.UniformInt(1, 6));
    std::string contents = "x,y,z\n";
    for (auto& row : expected) {
      for (int cell = 0; cell < 3; ++cell) {
        std::string text, quoted;
        for (int64_t i = rng.UniformInt(0, 8); i > 0; --i) {
          const absl::string_view part = kAlphabet[rng.UniformInt(0, 9)];
          absl::StrAppend(&text, part);
          absl::StrAppend(&quoted, part == "\"" ? "\"\"" : part);
        }
        row.push_back(text);
        absl::StrAppend(&contents, cell > 0 ? "," : "", "\"", quoted, "\"");
      }
      absl::StrAppend(&contents, rng.Bernoulli(0.5) ? "\n" : "\r\n");
    }
    const auto table = ReadAll(Write(contents));
    ASSERT_TRUE(table.ok()) << table.status() << " seed " << seed;
    EXPECT_EQ(table->rows, expected) << "seed " << seed;
  }
}

// Any bytes are a table or an error, at every length.
TEST(CsvTest, AnyBytesAreReadOrRefused) {
  static constexpr absl::string_view kAlphabet = "\"\",,\n\ra \xC3\xA9\xFF";
  int refused = 0;
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    CounterRng rng(seed, "bytes");
    std::string contents;
    for (int64_t i = rng.UniformInt(0, 40); i > 0; --i) contents += kAlphabet[rng.UniformInt(0, kAlphabet.size() - 1)];
    const std::string path = absl::StrCat(::testing::TempDir(), "/bytes.csv");
    std::ofstream(path, std::ios::binary) << contents;
    const auto table = ReadAll(path);
    refused += !table.ok();
    for (size_t i = 0; table.ok() && i < table->rows.size(); ++i) {
      EXPECT_EQ((*CsvRows::Open(path))->Read(table->offsets[i]).value(), table->rows[i]);
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_LT(refused, 1000);
}

TEST(MissingTest, WordsOfPandas) {
  for (const char* cell : {"", "NA", "N/A", "nan", "NaN", "None", "null", "NULL", "<NA>", "n/a", "#N/A"})
    EXPECT_TRUE(IsMissingCell(cell)) << cell;
  for (const char* cell : {" ", "na", "none", "Nan", "0", "Not given."}) EXPECT_FALSE(IsMissingCell(cell)) << cell;
}

}  // namespace
}  // namespace asap
