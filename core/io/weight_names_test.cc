#include "core/io/weight_names.h"

#include <ATen/ops/zeros.h>

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Tensors = std::map<std::string, at::Tensor>;

Tensors Named(const std::vector<std::string>& names) {
  Tensors tensors;
  for (const std::string& name : names) tensors.emplace(name, at::zeros({1}));
  return tensors;
}

std::vector<std::string> NamesOf(const Tensors& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  return names;
}

TEST(UnwrapNames, TakesOffWrappersInEveryOrder) {
  for (const std::string before : {"module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "module.module."}) {
    Tensors tensors = Named({before + "a.weight", before + "b.weight"});
    EXPECT_THAT(UnwrapNames(tensors), testing::Not(IsEmpty())) << before;
    EXPECT_THAT(NamesOf(tensors), ElementsAre("a.weight", "b.weight")) << before;
  }
  Tensors inner = Named({"a._orig_mod.weight", "b.0._fsdp_wrapped_module._checkpoint_wrapped_module.weight"});
  UnwrapNames(inner);
  EXPECT_THAT(NamesOf(inner), ElementsAre("a.weight", "b.0.weight"));
  Tensors averaged = Named({"module.a", "n_averaged"});
  EXPECT_THAT(UnwrapNames(averaged), ElementsAre("n_averaged left out", "module. taken off"));
  EXPECT_THAT(NamesOf(averaged), ElementsAre("a"));
}

TEST(UnwrapNames, LeavesNamesOfTheModelsOwnAlone) {
  for (const std::vector<std::string>& names : std::vector<std::vector<std::string>>{
           {"b", "module.a"}, {"n_averaged"}, {"a", "n_averaged"}, {"gamma", "layer_scale.gamma"}, {"a", "_orig_mod.a"}, {}}) {
    Tensors tensors = Named(names);
    EXPECT_THAT(UnwrapNames(tensors), IsEmpty());
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), tensors.size());
    for (const std::string& name : names) EXPECT_EQ(tensors.count(name), 1u) << name;
  }
}

TEST(UnwrapNames, OlderNamesOfNorms) {
  Tensors tensors = Named({"x.LayerNorm.gamma", "x.LayerNorm.beta"});
  EXPECT_THAT(UnwrapNames(tensors), ElementsAre(HasSubstr("2 LayerNorm.gamma and .beta")));
  EXPECT_THAT(NamesOf(tensors), ElementsAre("x.LayerNorm.bias", "x.LayerNorm.weight"));
}

TEST(TakeOffBeginning, OfAKnownKindAlone) {
  constexpr const char* kAnchors[] = {"stem.weight", "body.stem.weight"};
  const auto off = [&](const std::vector<std::string>& names) {
    Tensors tensors = Named(names);
    const auto beginning = TakeOffBeginning(tensors, kAnchors);
    return std::pair(beginning.ok() ? *beginning : std::string(beginning.status().message()), NamesOf(tensors));
  };
  EXPECT_EQ(off({"model.stem.weight", "model.x", "head.weight"}).first, "model.");
  EXPECT_THAT(off({"model.stem.weight", "model.x", "head.weight"}).second, ElementsAre("head.weight", "stem.weight", "x"));
  EXPECT_EQ(off({"a.b.stem.weight"}).first, "a.b.");
  EXPECT_EQ(off({"stem.weight", "teacher.stem.weight"}).first, "") << "one stands bare: it is meant";
  EXPECT_EQ(off({"other.weight"}).first, "");
  EXPECT_EQ(off({"my_stem.weight"}).first, "") << "no beginning that ends in a dot";
  const std::string two = off({"student.stem.weight", "teacher.stem.weight"}).first;
  EXPECT_THAT(two, HasSubstr("student. and teacher."));
  EXPECT_THAT(two, HasSubstr("take that beginning off"));
  EXPECT_THAT(off({"model.stem.weight", "model.x", "x"}).first, HasSubstr("both x and model.x"));
}

}  // namespace
}  // namespace asap
