// CT-RATE (Hamamci et al., 2024): 18 findings of non-contrast chest CT; also on Rad-ChestCT, whose scans and readers are others.
#include "tasks/classification/classification.h"

namespace asap {
namespace {

std::unique_ptr<Task> Make() {
  return MakeClassification(
      {.name = "classification/ct_rate",
       .title = "18 findings",
       .dataset = "ct_rate",
       .labels = {"Medical material", "Arterial wall calcification", "Cardiomegaly", "Pericardial effusion",
                  "Coronary artery wall calcification", "Hiatal hernia", "Lymphadenopathy", "Emphysema", "Atelectasis",
                  "Lung nodule", "Lung opacity", "Pulmonary fibrotic sequela", "Pleural effusion", "Mosaic attenuation pattern",
                  "Peribronchial thickening", "Consolidation", "Bronchiectasis", "Interlobular septal thickening"},
       .paper = {{.fraction = 1,
                  .batch = 32,
                  .steps = 6000,
                  .warmup = 150,
                  .learning_rate = 1.5e-3,
                  .weight_decay = 1e-2,
                  .patience = 10,
                  .start_epoch = 20},
                 {.fraction = 10,
                  .batch = 64,
                  .steps = 30000,
                  .warmup = 750,
                  .learning_rate = 3e-3,
                  .weight_decay = 1e-2,
                  .patience = 10,
                  .start_epoch = 20},
                 {.fraction = 100,
                  .batch = 128,
                  .steps = 100000,
                  .warmup = 1800,
                  .learning_rate = 5e-3,
                  .weight_decay = 1e-5,
                  .patience = 10,
                  .start_epoch = 20}},
       // Mosaic attenuation pattern has no counterpart there; its one calcification is either of the two here.
       .external = {{.dataset = "rad_chestct",
                     .labels = {{"Medical material", {"Medical material"}},
                                {"Calcification", {"Arterial wall calcification", "Coronary artery wall calcification"}},
                                {"Cardiomegaly", {"Cardiomegaly"}},
                                {"Pericardial effusion", {"Pericardial effusion"}},
                                {"Hiatal hernia", {"Hiatal hernia"}},
                                {"Lymphadenopathy", {"Lymphadenopathy"}},
                                {"Emphysema", {"Emphysema"}},
                                {"Atelectasis", {"Atelectasis"}},
                                {"Lung nodule", {"Lung nodule"}},
                                {"Lung opacity", {"Lung opacity"}},
                                {"Pulmonary fibrotic sequela", {"Pulmonary fibrotic sequela"}},
                                {"Pleural effusion", {"Pleural effusion"}},
                                {"Peribronchial thickening", {"Peribronchial thickening"}},
                                {"Consolidation", {"Consolidation"}},
                                {"Bronchiectasis", {"Bronchiectasis"}},
                                {"Interlobular septal thickening", {"Interlobular septal thickening"}}}}}});
}

REGISTER_TASK("classification/ct_rate", Make);

}  // namespace
}  // namespace asap
