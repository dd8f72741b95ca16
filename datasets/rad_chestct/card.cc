#include "datasets/rad_chestct/card.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace asap {

DatasetCard RadChestCtCard() {
  DatasetCard card;
  card.name = "rad_chestct";
  card.title = "Rad-ChestCT, the public tenth";
  card.source =
      "Draelos et al., Medical Image Analysis 67 (2021), 101857; zenodo.org/records/6406114; "
      "github.com/rachellea/ct-volume-preprocessing made the files.";
  card.licence = "The dataset's own terms of use, for non-commercial research.";
  card.access = "On request: zenodo.org/records/6406114 asks for a signed agreement with Duke University.";
  card.population =
      "3,630 of 35,747 chest CT scans of 19,661 adults at Duke University Health System, United States, 2012 to 2017: in- and "
      "outpatients with many diseases.";
  card.acquisition =
      "Chest CT without contrast, one series a scan, resampled to 0.8 mm along each axis, clipped to "
      "[-1000, 1000] HU, int16 in .npz files without geometry (core/imaging/npz_volume.h says where their axes run).";
  for (const RadChestCtFinding& finding : kRadChestCtFindings) {
    card.label_names.push_back(finding.name);
    card.label_definitions.push_back(absl::StrCat("1 where the report, read by rules (SARLE), states this anywhere: ",
                                                  absl::StrReplaceAll(finding.abnormalities, {{" ", " or "}, {"_", " "}}), "."));
  }
  card.known_defects = {
      "In the published benchmark's lists, the columns Pericardial effusion and Pleural effusion are the same in all 3,630 rows; "
      "in "
      "the dataset's own tables they are not. Scores of one of the two findings on those lists say nothing.",
      "Which abnormalities make the lists' Medical material is not documented: the reading here is this project's. For "
      "Calcification, the abnormality alone gives the lists' number of positive scans (2,562).",
      "Hernia and calcification of the tables are those of any place, not of the hiatus or of arteries alone.",
      "Labels are rules' reading of reports, not a radiologist's of the scans.",
      "No patient ids are published: a scan stands for a patient. The published parts are by patient.",
  };
  return card;
}

}  // namespace asap
