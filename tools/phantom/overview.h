// One picture of a few cases: what the phantom looks like, and where its organs and lesions are.
#ifndef ASAP_TOOLS_PHANTOM_OVERVIEW_H_
#define ASAP_TOOLS_PHANTOM_OVERVIEW_H_

#include "core/io/png.h"
#include "datasets/phantom/phantom.h"

namespace asap {

// A row for each of the first `cases` cases: axial, coronal and sagittal slices in the lung window, the same in the soft-tissue
// window with organs tinted, lesions outlined in red on both axial ones.
RgbImage DrawOverview(const phantom::PhantomDataset& dataset, int64_t cases);

}  // namespace asap

#endif  // ASAP_TOOLS_PHANTOM_OVERVIEW_H_
