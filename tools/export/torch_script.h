// An encoder as a TorchScript file, which torch.jit.load of Python or C++ runs without this project.
#ifndef ASAP_TOOLS_EXPORT_TORCH_SCRIPT_H_
#define ASAP_TOOLS_EXPORT_TORCH_SCRIPT_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "modules/vit3d/vit_encoder.h"

namespace asap {

// Writes, all or nothing, the module whose forward(volumes [B, 1, H, W, D] of the encoder's volume, any B) is [B, 1 + N, C]:
// class token, then patch tokens. Weights are attributes under their published names, `metadata` the attribute "metadata". The
// graph is recorded from VisionTransformer::Encode itself; the file is loaded again and must give equal outputs on another batch.
absl::Status WriteTorchScript(const std::string& path, VitEncoder& encoder, const std::map<std::string, std::string>& metadata);

}  // namespace asap

#endif  // ASAP_TOOLS_EXPORT_TORCH_SCRIPT_H_
