#include "tests/golden/metrics/replay_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"

namespace asap::golden {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Data(const std::string& name) { return Runfile(absl::StrCat("asap/tests/golden/data/", name)).value(); }
json Fixture(const std::string& name) { return json::parse(ReadFile(Data(name)).value()); }

std::string Written(const json& file) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/metrics.json");
  EXPECT_TRUE(WriteFileAtomically(path, file.dump()).ok());
  return path;
}

std::vector<std::string> Failing(const MetricsReplay& replay) {
  std::vector<std::string> keys;
  for (const Row& row : replay.rows) {
    if (!row.ok) keys.push_back(row.key);
  }
  return keys;
}

TEST(ReplayMetrics, TheTwoPublicFiles) {
  const auto metrics = ReplayMetrics(Data("metrics_public.json"), {});
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_THAT(Failing(*metrics), IsEmpty());
  EXPECT_EQ(metrics->rows.size(), 195u);
  EXPECT_THAT(metrics->notes, Contains("part binary: 48 keys compared, none left out"));
  EXPECT_THAT(metrics->notes, Contains(HasSubstr("part nlg: skipped")));

  const auto tasks = ReplayMetrics(Data("pub_task_metrics.json"), {});
  ASSERT_TRUE(tasks.ok()) << tasks.status();
  EXPECT_THAT(Failing(*tasks), IsEmpty());
  EXPECT_EQ(tasks->rows.size(), 1219u);
}

TEST(ReplayMetrics, PartsAreChosenByName) {
  const auto two = ReplayMetrics(Data("metrics_public.json"), {"cindex", "binary"});
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_EQ(two->rows.size(), 58u);
  EXPECT_EQ(two->notes.size(), 2u);
  const auto unknown = ReplayMetrics(Data("metrics_public.json"), {"c_index"});
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(unknown.status().message()), AllOf(HasSubstr("no such part"), HasSubstr("binary, cindex, mean_dice")));
  EXPECT_THAT(std::string(ReplayMetrics(Data("metrics_public.json"), {"nlg"}).status().message()),
              HasSubstr("has it, but it cannot be replayed"));
}

// A wrong number of any kind fails its row and no other.
TEST(ReplayMetrics, EachWrongValueIsNamed) {
  json file = Fixture("pub_task_metrics.json");
  json& masks = file["segmentation"][0];
  masks["own"]["hd95_pooled"] = masks["own"]["hd95_pooled"].get<double>() + 1e-8;
  masks["google"]["nsd"]["2.0"] = "nan";
  masks["counts"]["inter"] = 566;
  file["cindex"][0]["lifelines"] = 0.5;
  file["cindex"][1]["lifelines"] = {{"error", "ZeroDivisionError"}};
  file["probability"]["binary"][0]["bins10"][0][1] = 2;
  file["probability"]["paired"]["cov"][0].erase(1);
  file["neighbour_code_to_normals"][17][1][2] = -0.25;
  const auto replay = ReplayMetrics(Written(file), {});
  ASSERT_TRUE(replay.ok()) << replay.status();
  EXPECT_THAT(Failing(*replay), ElementsAre("cindex/two_events_same_time/lifelines (expected 0.5, found undefined)",
                                            HasSubstr("cindex/event_censored_same_time/lifelines (expected {"),
                                            HasSubstr("neighbour_code_to_normals/table (value "),
                                            HasSubstr("probability/binary/random0/bins10 (value 1: expected 2, found 1)"),
                                            HasSubstr("probability/paired/cov (expected 3 values, found 4)"),
                                            "segmentation/blob0/counts/inter (expected 566, found 567)",
                                            HasSubstr("segmentation/blob0/own/hd95_pooled (expected 3.00000001"),
                                            HasSubstr("segmentation/blob0/google/nsd/2.0 (expected \"nan\", found 0.89")));
}

TEST(ReplayMetrics, UnknownKeysAndPartsAreNotSilent) {
  json file;
  file["seed"] = 5;
  file["binary"] = json::array({{{"y", {0, 1}}, {"score", {0.2, 0.3}}, {"sklearn_auroc", 1.0}, {"gini", 1.0}}});
  file["new_kind"] = {{"a", 1}};
  const auto replay = ReplayMetrics(Written(file), {});
  ASSERT_TRUE(replay.ok()) << replay.status();
  EXPECT_THAT(Failing(*replay), ElementsAre("binary/0/gini (a key that this replay does not know)",
                                            "new_kind (a part that this replay does not know)"));
}

// Other seeds and sizes: the recipes are read, not remembered.
TEST(ReplayMetrics, RecipesAreRead) {
  json file;
  file["cindex"] = json::array({{{"name", "r"},
                                 {"n", 200},
                                 {"recipe",
                                  "seed 9: event = u('e')<0.4; time = event? floor(5*u('t')) : 4; predicted = "
                                  "floor(50*u('s'))/50"},
                                 {"comparable", 0}}});
  file["probability"]["binary"] = json::array(
      {{{"name", "r"}, {"n", 300}, {"pos", -1}, {"recipe", "seed 3: y = u('a')<0.2; p = round(1e3*(0.5*y+0.5*u('b')))/1e3"}}});
  const auto replay = ReplayMetrics(Written(file), {});
  ASSERT_TRUE(replay.ok()) << replay.status();
  const auto failing = Failing(*replay);
  ASSERT_EQ(failing.size(), 2u);  // the two counts that were made up
  EXPECT_THAT(failing[0], HasSubstr("cindex/r/comparable (expected 0, found "));
  EXPECT_THAT(failing[1], HasSubstr("probability/binary/r/pos (expected -1, found "));
  file["cindex"][0]["recipe"] = "seed 9: something else";
  EXPECT_THAT(Failing(*ReplayMetrics(Written(file), {"cindex"})), ElementsAre("cindex/r/recipe (not understood)"));
}

TEST(ReplayMetrics, DamageIsAnError) {
  const auto message = [](const json& file) {
    const auto replay = ReplayMetrics(Written(file), {});
    EXPECT_EQ(replay.status().code(), absl::StatusCode::kInvalidArgument) << replay.status();
    return std::string(replay.status().message());
  };
  json file;
  file["binary"] = json::array({{{"score", {0.2, 0.3}}, {"sklearn_auroc", 1.0}}});
  EXPECT_THAT(message(file), HasSubstr("has no \"y\""));
  file = {{"segmentation", {{{"shape", {2, 2, 2}}, {"spacing", {1, 1, 1}}, {"pred_rle", {3, 2}}, {"gt_rle", {8}}}}}};
  EXPECT_THAT(message(file), HasSubstr("runs shorter than the mask"));
  file["segmentation"][0]["pred_rle"] = {3, 9};
  EXPECT_THAT(message(file), HasSubstr("runs longer"));
  file = {{"cindex", json::array()}};
  EXPECT_THAT(message(file), HasSubstr("holds nothing to compare"));
  file = {{"mean_dice", {{"shape", {1, 2, 2}}, {"logits", {1, 2}}, {"label", {0}}}}};
  EXPECT_THAT(message(file), HasSubstr("not of the shape"));
  EXPECT_THAT(message({{"a", 1}}), HasSubstr("not a metrics fixture"));
  EXPECT_FALSE(ReplayMetrics("/nowhere.json", {}).ok());
}

}  // namespace
}  // namespace asap::golden
