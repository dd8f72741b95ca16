#include "datasets/stoic/card.h"

namespace asap {

DatasetCard StoicCard() {
  DatasetCard card;
  card.name = "stoic";
  card.title = "STOIC-2021, the public training set of the COVID-19 AI challenge";
  card.source =
      "Revel et al., Radiology 301 (2021), E361; Boulogne et al., Medical Image Analysis 97 (2024), 103230; "
      "stoic2021.grand-challenge.org.";
  card.licence = "CC BY-NC 4.0.";
  card.access = "Free to download without an account: aws s3 sync s3://stoic2021-training/ stoic --no-sign-request.";
  card.population =
      "2,000 of the 10,735 patients of the STOIC project, one scan each: adults with suspected COVID-19 at 20 French university "
      "hospitals, March and April 2020. 1,205 with a positive RT-PCR, 301 of them with a severe course.";
  card.acquisition =
      "Chest CT of many scanners and protocols, mostly thin slices without contrast. MetaImage files of HU; spacing as scanned.";
  card.label_names = {kStoicCovid, kStoicSevere, "Age", "Male"};
  card.label_definitions = {
      "1 where the RT-PCR for SARS-CoV-2 was positive, else 0. The name is the challenge's, which asks for a probability.",
      "1 where the patient was intubated or died within one month of the scan. Only patients with COVID-19 are severe: 0 is also "
      "every patient without.",
      "Years, from the header of a .mha file: the middle of the decade, 35 to 85.",
      "1 male, 0 female, from the header of a .mha file."};
  card.known_defects = {
      "RT-PCR misses infections: a scan of a negative patient may show COVID-19.",
      "Only the training set is public. Splits of it are the users' own.",
      "The published benchmark chooses on its test list: its validation list is the same file (400 scans).",
  };
  return card;
}

}  // namespace asap
