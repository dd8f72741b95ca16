#include "datasets/reference_page.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/dataset_cards.h"
#include "core/registry.h"

namespace asap {
namespace {

constexpr char kHeader[] = R"(# Datasets
What can be read, in which layout, and what is known of the data. Made from the cards by
`./tools/bazel run //datasets:print_reference_page > docs/reference/datasets.md`; a test holds it equal to them.

Each dataset's page has the folder that is expected and a command that writes the same folder with synthetic patients. `pairs` is
the generic one: a CSV of your own scans and reports. `tools:verify` reads a folder through.

)";

void Append(const char* title, const std::string& text, std::string* page) {
  if (!text.empty()) absl::StrAppend(page, "- **", title, "**: ", text, "\n");
}

}  // namespace

std::string DatasetsPage() {
  const auto& registry = Registry<DatasetCardFactory>::Get("dataset card");
  std::vector<DatasetCard> cards;
  for (const std::string& name : registry.Names()) {
    if (name != "pairs") cards.push_back((*registry.Find(name))());
  }
  std::string page = kHeader;
  page += "| name | dataset | licence | access | labels |\n|---|---|---|---|---|\n";
  for (const DatasetCard& card : cards) {
    absl::StrAppend(&page, "| [", card.name, "](../../datasets/", card.name, "/README.md) | ", card.title, " | ", card.licence,
                    " | ", card.access.empty() ? "-" : card.access, " | ", card.label_names.size(), " |\n");
  }
  for (const DatasetCard& card : cards) {
    absl::StrAppend(&page, "\n## ", card.name, "\n", card.title, "\n\n");
    Append("source", card.source, &page);
    Append("licence", card.licence, &page);
    Append("access", card.access, &page);
    Append("population", card.population, &page);
    Append("acquisition", card.acquisition, &page);
    Append("voxels",
           absl::StrCat(card.hounsfield ? "HU" : "stored values, not HU", "; a model is shown ", card.intensity_window[0], " to ",
                        card.intensity_window[1]),
           &page);
    if (card.label_definitions.empty()) {
      Append("labels", absl::StrJoin(card.label_names, "; "), &page);
    } else {
      absl::StrAppend(&page, "- **labels**\n");
      for (size_t l = 0; l < card.label_names.size(); ++l) {
        absl::StrAppend(&page, "  - `", card.label_names[l], "`: ", card.label_definitions[l], "\n");
      }
    }
    if (!card.mask_classes.empty()) Append("mask classes", absl::StrJoin(card.mask_classes, ", "), &page);
    absl::StrAppend(&page, "- **known defects**\n");
    for (const std::string& defect : card.known_defects) absl::StrAppend(&page, "  - ", defect, "\n");
  }
  return page;
}

}  // namespace asap
