// The parts of the metrics fixtures. Each function compares everything in its part of the file; `name` is the part's.
#ifndef ASAP_TESTS_GOLDEN_METRICS_PARTS_H_
#define ASAP_TESTS_GOLDEN_METRICS_PARTS_H_

#include <nlohmann/json.hpp>
#include <string>

#include "tests/golden/row.h"

namespace asap::golden {

// Scores and decisions (replay_scores.cc).
void ReplayBinary(const std::string& name, const nlohmann::json& part, Rows* rows);
void ReplayMultilabel(const std::string& name, const nlohmann::json& part, Rows* rows);
void ReplayMulticlass(const std::string& name, const nlohmann::json& part, Rows* rows);
void ReplayProbability(const std::string& name, const nlohmann::json& part, Rows* rows);
// Survival (replay_survival.cc).
void ReplayCIndex(const std::string& name, const nlohmann::json& part, Rows* rows);
void ReplayPrognosis(const std::string& name, const nlohmann::json& part, Rows* rows);
// Masks (replay_segmentation.cc).
void ReplaySegmentation(const std::string& name, const nlohmann::json& part, Rows* rows);
void ReplayMeanDice(const std::string& name, const nlohmann::json& part, Rows* rows);
void ReplayLungRule(const std::string& name, const nlohmann::json& part, Rows* rows);
void ReplaySurfaceAreas(const std::string& name, const nlohmann::json& part, Rows* rows);
void ReplaySurfaceNormals(const std::string& name, const nlohmann::json& part, Rows* rows);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_METRICS_PARTS_H_
