#include "datasets/inspect/card.h"

namespace asap {

DatasetCard InspectCard() {
  DatasetCard card;
  card.name = "inspect";
  card.title = "INSPECT, pulmonary embolism and its course";
  card.source =
      "Huang et al., NeurIPS 2023 Datasets and Benchmarks, arXiv 2311.10798; github.com/som-shahlab/INSPECT_public. Scans, "
      "reports "
      "and labels: Stanford AIMI; electronic health records, which are not read here: Stanford's Shah lab.";
  card.licence =
      "Stanford University Dataset Research Use Agreement: research only, no attempt to identify anyone, no passing on.";
  card.access =
      "On request: an account at Stanford AIMI (stanford.redivis.com/datasets/2n96-d71hggrbf) and the signed agreement.";
  card.population =
      "19,402 patients with 23,248 CT pulmonary angiograms at Stanford Medicine, United States, 2000 to 2021, most of them for "
      "suspected embolism; published splits by patient.";
  card.acquisition =
      "CT of the chest with contrast in the pulmonary arteries; slices of 1 to 3 mm. NIfTI of HU, spacing as scanned.";
  for (const char* label : kInspectLabels) card.label_names.push_back(label);
  card.label_definitions = {"1 where the radiology report states a pulmonary embolism, as read by a language model.",
                            "1 where the patient died within a month of the scan; unknown where follow-up ended before.",
                            "1 where the patient died within 6 months; unknown where follow-up ended before.",
                            "1 where the patient died within 12 months; unknown where follow-up ended before."};
  card.known_defects = {
      "Embolism is what a text classifier reads from the report, not what a radiologist marked in the scan.",
      "The published benchmark's lists have 0 where the dataset's own tables say that the patient was lost: censored patients "
      "count as alive there.",
      "The tables list some examinations twice, and several hundred lack a time: rows that agree are taken once.",
      "The published benchmark windows scans to [-100, 500] HU at 10 % of the labels and to [-1000, 1000] HU at 100 %.",
  };
  return card;
}

}  // namespace asap
