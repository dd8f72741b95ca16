// Prints docs/reference/datasets.md.
#include <cstdio>

#include "datasets/reference_page.h"

int main() {
  std::fputs(asap::DatasetsPage().c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : 1;
}
