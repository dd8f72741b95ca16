#include "tools/export/torch_script.h"

#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/serialization/export.h>
#include <torch/csrc/jit/serialization/import.h>

#include <exception>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/io/byte_sink.h"
#include "modules/vit3d/vision_transformer.h"

namespace asap {
namespace {

namespace jit = torch::jit;

// The TorchScript module with the parameters, buffers and children of `module`, the very same tensors: the tracer knows them by
// it.
jit::Module Mirror(const torch::nn::Module& module, const std::string& name, const std::shared_ptr<jit::CompilationUnit>& unit) {
  jit::Module mirror(c10::QualifiedName(absl::StrCat("__torch__.", name)), unit, /*shouldMangle=*/true);
  mirror.register_attribute("training", c10::BoolType::get(), false);
  for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
    mirror.register_parameter(parameter.key(), parameter.value(), /*is_buffer=*/false);
  }
  for (const auto& buffer : module.named_buffers(/*recurse=*/false)) mirror.register_buffer(buffer.key(), buffer.value());
  for (const auto& child : module.named_children()) {
    mirror.register_module(child.key(), Mirror(*child.value(), absl::StrCat(name, "_", child.key()), unit));
  }
  return mirror;
}

jit::Module Trace(VitEncoder& encoder, const std::map<std::string, std::string>& metadata, const at::Tensor& example) {
  jit::Module module = Mirror(encoder.model(), "AsapEncoder", std::make_shared<jit::CompilationUnit>());
  c10::Dict<std::string, std::string> told;
  for (const auto& [key, value] : metadata) told.insert(key, value);
  module.register_attribute("metadata", c10::DictType::create(c10::StringType::get(), c10::StringType::get()), told);
  const auto forward = [&](jit::Stack inputs) -> jit::Stack { return {encoder.model().Encode(inputs.at(0).toTensor())}; };
  const auto traced = jit::tracer::trace({example}, forward, [](const at::Tensor&) { return std::string(); }, /*strict=*/true,
                                         /*force_outplace=*/false, &module, {"volumes"});
  jit::Function* const function = module._ivalue()->compilation_unit()->create_function(
      c10::QualifiedName(*module.type()->name(), "forward"), traced.first->graph);
  module.type()->addMethod(function);
  return module;
}

}  // namespace

absl::Status WriteTorchScript(const std::string& path, VitEncoder& encoder, const std::map<std::string, std::string>& metadata) {
  const at::NoGradGuard no_grad;
  const auto& size = encoder.spec().volume;
  return WriteAtomically(path, [&](const std::string& temporary) -> absl::Status {
    try {
      ByteSink sink(temporary);
      jit::ExportModule(Trace(encoder, metadata, at::zeros({1, 1, size[0], size[1], size[2]})),
                        [&](const void* data, size_t bytes) { return sink.Write(data, bytes); });
      ASAP_RETURN_IF_ERROR(sink.Close(path));
      jit::Module loaded = jit::load(temporary, at::kCPU);
      const at::Tensor other = at::linspace(-1, 1, 2 * size[0] * size[1] * size[2]).reshape({2, 1, size[0], size[1], size[2]});
      const at::Tensor expected = encoder.model().Encode(other), found = loaded.forward({other}).toTensor();
      if (!at::allclose(found, expected, 1e-5, 1e-5)) {
        return absl::InternalError(absl::StrCat(path, ": the recorded graph gives other values than the encoder"));
      }
      return absl::OkStatus();
    } catch (const std::exception& error) {
      return absl::InternalError(absl::StrCat(path, ": ", error.what()));
    }
  });
}

}  // namespace asap
