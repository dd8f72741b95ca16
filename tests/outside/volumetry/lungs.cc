// Lungs of LUNA16 (Setio et al., 2017), whose masks were made by an algorithm.
#include "volumetry.h"

namespace asap::volumetry {
namespace {

std::unique_ptr<Task> MakeLungs() {
  return MakeVolumetry(
      {.name = "volumetry/lungs", .title = "volume of the lungs", .dataset = "luna16", .classes = {"left lung", "right lung"}});
}

REGISTER_TASK("volumetry/lungs", MakeLungs);

}  // namespace
}  // namespace asap::volumetry
