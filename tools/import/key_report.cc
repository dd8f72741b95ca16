#include "tools/import/key_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace asap {
namespace {

void AppendNames(std::string& text, const char* what, const std::vector<std::string>& names) {
  for (const std::string& name : names) absl::StrAppend(&text, absl::StrFormat("%-12s", what), name, "\n");
}

}  // namespace

std::string KeyReport::Text() const {
  std::string text;
  for (const std::string& source : sources) absl::StrAppend(&text, source, "\n");
  absl::StrAppend(&text, absl::StrFormat("%-18s %8s %8s %9s\n", "component", "loaded", "missing", "reshaped"));
  Component total{.name = "total"};
  for (const Component& component : components) {
    total.loaded += component.loaded;
    total.missing += component.missing;
    total.reshaped += component.reshaped;
    if (component.loaded + component.missing == 0) {
      absl::StrAppend(&text, absl::StrFormat("%-18s %8s\n", component.name, "absent"));
    } else {
      absl::StrAppend(
          &text, absl::StrFormat("%-18s %8d %8d %9d\n", component.name, component.loaded, component.missing, component.reshaped));
    }
  }
  absl::StrAppend(&text, absl::StrFormat("%-18s %8d %8d %9d\n", total.name, total.loaded, total.missing, total.reshaped));
  absl::StrAppend(&text, unexpected.size(), " unexpected, ", ignored.size(), " not needed, ", renamed.size(), " renamed\n");
  AppendNames(text, "missing", missing);
  AppendNames(text, "unexpected", unexpected);
  AppendNames(text, "not needed", ignored);
  AppendNames(text, "reshaped", reshaped);
  AppendNames(text, "renamed", renamed);
  AppendNames(text, "assumed", assumed);
  return text;
}

}  // namespace asap
