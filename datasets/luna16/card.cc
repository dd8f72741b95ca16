#include "datasets/luna16/card.h"

namespace asap {

DatasetCard LunaCard() {
  DatasetCard card;
  card.name = "luna16";
  card.title = "LUNA16, Lung Nodule Analysis 2016";
  card.source =
      "Setio et al., Medical Image Analysis 42 (2017), luna16.grand-challenge.org; made from LIDC-IDRI (Armato et al., Medical "
      "Physics 38, 2011).";
  card.licence = "CC BY 4.0; of LIDC-IDRI CC BY 3.0.";
  card.access = "Free to download: zenodo.org/records/3723295 (subsets 0 to 6) and 4121926 (subsets 7 to 9), about 120 GB.";
  card.population =
      "888 scans of LIDC-IDRI with slices of 2.5 mm or less: adults in screening and in diagnosis at seven academic centres in "
      "the "
      "United States, 601 of them with a nodule of the reference standard (1,186 nodules).";
  card.acquisition =
      "Chest CT of many protocols, low and usual dose, with and without contrast; scanners by GE, Philips, Siemens and Toshiba; "
      "512 x 512 in plane, 0.46 to 0.98 mm; slices 0.6 to 2.5 mm apart. Voxels are HU.";
  card.label_names = {kLunaLabel};
  card.label_definitions = {
      "1 where annotations.csv has a nodule in the scan: at least 3 mm, and marked by three at least of four radiologists; else "
      "0. "
      "0 does not say that the scan shows nothing: smaller nodules and those of fewer readers do not count."};
  card.mask_classes = {"background", "left lung", "right lung", "trachea"};
  card.mirrored_classes = {{1, 2}};
  card.known_defects = {
      "No patient ids are published: a scan stands for a patient. LIDC-IDRI has 1,018 scans of 1,010 patients, so a few patients "
      "may have two.",
      "Lung masks were made by an algorithm, and corrected by nobody: good for training on lungs, no reference for a "
      "measurement.",
      "That the masks' ids 3, 4 and 5 are the left lung, the right lung and the trachea is what users of the data say; the "
      "download page names no ids. Verification tells of a mask whose left lung lies on the right.",
      "The published benchmark chooses on its test list: its validation list is the same file (267 scans).",
  };
  return card;
}

}  // namespace asap
