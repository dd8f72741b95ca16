#include "datasets/cc_ccii/card.h"

namespace asap {

DatasetCard CcCciiCard() {
  DatasetCard card;
  card.name = "cc_ccii";
  card.title = "CC-CCII, China Consortium of Chest CT Image Investigation";
  card.source =
      "Zhang et al., Cell 181 (2020), doi 10.1016/j.cell.2020.04.045; ncov-ai.big.ac.cn/download. The published benchmark points "
      "to "
      "a copy, kaggle.com/datasets/fakaframe082/cc-ccii.";
  card.licence = "Stated on the download page: for research; name the paper.";
  card.access = "Free to download; the copy needs a Kaggle account.";
  card.population =
      "Patients of hospitals in China, early 2020: novel coronavirus pneumonia (NCP), common pneumonia (CP: bacterial, "
      "mycoplasma, "
      "other viruses) and controls. About 4,200 scans were released, of which users count 1,544 NCP, 1,556 CP and 1,078 normal; "
      "the "
      "published benchmark uses 3,393.";
  card.acquisition =
      "Chest CT of many scanners, converted to 8-bit pictures of the slices by the publishers: no HU, no spacing, no scanner. "
      "What "
      "window the grey values stand for is not stated.";
  card.label_names = {kCcCciiLabel};
  card.label_definitions = {
      "0 Normal, 1 CP (common pneumonia), 2 NCP (COVID-19), as the publishers sorted the scans. The numbers are this reader's: "
      "the "
      "published benchmark has 472, 1,538 and 1,383 scans of its classes 0, 1 and 2 and names none. Only class 0 can be Normal, "
      "of which there are too few for the others; which of 1 and 2 is CP is a guess, and the parameter classes changes it."};
  card.hounsfield = false;
  card.intensity_window = {0, 255};
  card.known_defects = {
      "Voxel sizes are unknown: slices of 0.7 x 0.7 mm, 3 mm apart, are assumed (about 512 pixels over 360 mm, and 100 slices "
      "over "
      "300 mm); the parameter voxel_size says otherwise. Lengths and volumes mean nothing.",
      "That the first slice is the most superior, and that pictures are seen from below with anterior at the top, is assumed.",
      "Some scans lack slices, some have few, and slices of several sizes, in disorder or of other body parts were reported: "
      "verification names what can be seen without looking.",
      "That a scan is of one of three classes says nothing of how it was diagnosed; the classes come from different hospitals "
      "and "
      "scanners, which a model may learn in place of the disease.",
      "How the published benchmark assembled its volumes and what it called them is not published, so that its lists are matched "
      "by the names of prepared volumes only. It chooses on its test list: the validation list is the same file (1,008 scans).",
  };
  return card;
}

}  // namespace asap
