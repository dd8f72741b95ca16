#include "datasets/ct_rate/card.h"

namespace asap {

DatasetCard CtRateCard() {
  DatasetCard card;
  card.name = "ct_rate";
  card.title = "CT-RATE";
  card.source =
      "Hamamci et al., arXiv 2403.17834; huggingface.co/datasets/ibrahimhamamci/CT-RATE. As scanned, or as the published "
      "preprocessing leaves them: RAS, 1.5 x 1.5 x 3 mm, clipped to [-1000, 1000] HU; such prepared files are read in the axis "
      "order in which they are stored, as the published code does.";
  card.licence =
      "CC BY-NC-SA 4.0, and the terms accepted with access: research only, no attempt to identify anyone, no passing on.";
  card.access = "On request: an account at Hugging Face, where the terms are accepted.";
  card.population =
      "Patients scanned at Istanbul Medipol University Mega Hospital, Turkey: 21,304 patients, aged 18 to 102, 41.6 % female; "
      "25,692 "
      "scans, 50,188 volumes with all reconstructions. Published parts by patient: 20,000 for training, 1,304 for validation.";
  card.acquisition =
      "Chest CT without contrast; scanners by Philips (61.5 %), Siemens (30.1 %) and PNMS (8.4 %); mostly 512 x 512 in plane; "
      "commonly two reconstructions of a scan, with a lung and a mediastinal kernel.";
  for (const char* name : kCtRateLabels) card.label_names.push_back(name);
  // What the finding is on a chest CT; 1 where a text classifier reads it from the report, else 0.
  card.label_definitions = {
      "Devices and material: catheters, pacemakers, valves, wires, clips, stents.",
      "Calcified plaques in the wall of the aorta or its branches.",
      "An enlarged heart, as the report says.",
      "Fluid around the heart; the reports' phrase includes thickening of the pericardium.",
      "Calcified plaques in the coronary arteries.",
      "Stomach above the diaphragm through the oesophageal hiatus.",
      "Lymph nodes of pathological size or appearance.",
      "Permanently enlarged airspaces beyond the terminal bronchioles, their walls destroyed: low attenuation without walls.",
      "Reduced volume of lung: linear, subsegmental, lobar or passive.",
      "A rounded opacity of up to 3 cm.",
      "Increased attenuation of lung, ground-glass or denser.",
      "Bands, volume loss and distortion that healed disease leaves.",
      "Fluid in the pleural space.",
      "Patches of lung of different attenuation.",
      "Thickened walls of bronchi.",
      "Attenuation that hides vessels and airway walls.",
      "Bronchi wider than the artery beside them, or without taper.",
      "Thickened septa between secondary pulmonary lobules.",
  };
  card.known_defects = {
      "Reports were translated from Turkish by machine; all reconstructions of a scan share one report.",
      "The 18 labels are a text classifier's reading of the reports (RadBERT), not a radiologist's of the volumes.",
      "Files of the first release need rescale slope and intercept from the metadata table; in the second release voxels are HU "
      "already, and applying them again spoils the volumes (github.com/ibrahimethemhamamci/CT-CLIP, issue 50).",
      "A few volumes are no chest CT: train_11755_a_3 and train_11755_a_4 have no spacing along z (issue 22 of the same); the "
      "dataset lists others in metadata/no_chest_train.txt and no_chest_valid.txt, which verification counts.",
      "The published benchmark chooses on its test list: its validation list is the same file, the 3,039 volumes of the valid "
      "part.",
      "Published masks have ids 0 to 8 whose names were not published; name them with the parameter mask_classes.",
  };
  return card;
}

}  // namespace asap
