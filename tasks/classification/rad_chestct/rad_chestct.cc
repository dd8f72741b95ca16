// Rad-ChestCT (Draelos et al., 2021): 16 findings of chest CT at one US hospital.
#include "tasks/classification/classification.h"

namespace asap {
namespace {

std::unique_ptr<Task> Make() {
  return MakeClassification(
      {.name = "classification/rad_chestct",
       .title = "16 findings",
       .dataset = "rad_chestct",
       .labels = {"Medical material", "Calcification", "Cardiomegaly", "Pericardial effusion", "Hiatal hernia", "Lymphadenopathy",
                  "Emphysema", "Atelectasis", "Lung nodule", "Lung opacity", "Pulmonary fibrotic sequela", "Pleural effusion",
                  "Peribronchial thickening", "Consolidation", "Bronchiectasis", "Interlobular septal thickening"},
       .fractions = {10, 100},
       .paper = {{.fraction = 10,
                  .batch = 16,
                  .steps = 3000,
                  .warmup = 160,
                  .learning_rate = 1.5e-3,
                  .weight_decay = 1e-5,
                  .patience = 20,
                  .start_epoch = 10},
                 {.fraction = 100,
                  .batch = 128,
                  .steps = 6000,
                  .warmup = 200,
                  .learning_rate = 3e-3,
                  .weight_decay = 1e-5,
                  .patience = 20,
                  .start_epoch = 10}}});
}

REGISTER_TASK("classification/rad_chestct", Make);

}  // namespace
}  // namespace asap
