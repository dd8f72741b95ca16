#include "datasets/rspect/card.h"

namespace asap {

DatasetCard RspectCard() {
  DatasetCard card;
  card.name = "rspect";
  card.title = "RSPECT, the RSNA-STR Pulmonary Embolism CT dataset";
  card.source =
      "Colak et al., Radiology: Artificial Intelligence 3 (2021), doi 10.1148/ryai.2021200254; "
      "kaggle.com/c/rsna-str-pulmonary-embolism-detection.";
  card.licence = "Non-commercial use, no attempt to identify anyone, cite the paper when sharing (RSNA's terms).";
  card.access = "Free to download with a Kaggle account after accepting the competition's rules; about 900 GB.";
  card.population =
      "Adults with suspected pulmonary embolism at five centres in several countries: 7,279 studies with labels, a series of "
      "each. "
      "The published benchmark tests on 6,804 of them, 2,322 with embolism; by what rule it left the others out is not "
      "published.";
  card.acquisition = "CT pulmonary angiography with contrast, of many scanners and protocols; 512 x 512 in plane, DICOM in HU.";
  card.label_names = {kRspectLabel, kRspectIndeterminate};
  card.label_definitions = {
      "1 where a thoracic radiologist marked embolism on any image of the series (pe_present_on_image), else 0: also where the "
      "study "
      "was called indeterminate.",
      "1 where the study was called indeterminate for embolism, for its quality or its contrast: consider leaving these out. "
      "Unknown "
      "where train.csv has no such column."};
  card.known_defects = {
      "No patient ids are published: a study stands for a patient, and a patient with two studies is not recognised.",
      "The labels of the competition's test set are not public: train/ alone is read.",
      "Only for external validation here: the published benchmark trains on INSPECT.",
  };
  return card;
}

}  // namespace asap
