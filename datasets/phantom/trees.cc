// The branching trees of the lungs.
#include "datasets/phantom/anatomy.h"

namespace asap::phantom {
namespace {

// r^2.7 adds up over branches (Murray's law with the exponent measured for lungs, near 2.7); a square root of square roots stands
// in for the power, within 3 % over the range used and free of libm: n^(3/8).
float Widen(int leaves) {
  const float root = std::sqrt(static_cast<float>(leaves));
  return std::sqrt(root) * std::sqrt(std::sqrt(root));
}

void Grow(Vec3 from, Vec3 heading, std::vector<Vec3> targets, float tip, std::vector<Tube>* tree) {
  const int n = static_cast<int>(targets.size());
  Vec3 mean;
  for (const Vec3& target : targets) mean = mean + (1.0f / n) * target;
  if (n == 1) {
    // One bend: leave along the parent's heading, then turn to the target.
    const Vec3 to = targets[0] - from;
    const Vec3 bend = from + 0.45f * to + (0.12f * Length(to)) * heading;
    tree->push_back({from, bend, tip * 1.15f, tip});
    tree->push_back({bend, targets[0], tip, 0.55f * tip});
    return;
  }
  // The next fork lies on the way to the middle of what is supplied.
  const Vec3 to = mean - from;
  const Vec3 fork = from + 0.42f * to + (0.10f * Length(to)) * heading;
  const float radius = tip * Widen(n);
  tree->push_back({from, fork, radius, 0.92f * radius});
  Vec3 low = targets[0], high = targets[0];
  for (const Vec3& t : targets) {
    low = {std::min(low.x, t.x), std::min(low.y, t.y), std::min(low.z, t.z)};
    high = {std::max(high.x, t.x), std::max(high.y, t.y), std::max(high.z, t.z)};
  }
  const Vec3 extent = high - low;
  const int axis = extent.x >= extent.y && extent.x >= extent.z ? 0 : extent.y >= extent.z ? 1 : 2;
  const auto key = [axis](const Vec3& p) { return axis == 0 ? p.x : axis == 1 ? p.y : p.z; };
  std::sort(targets.begin(), targets.end(), [&](const Vec3& a, const Vec3& b) { return key(a) < key(b); });
  const Vec3 next = Normalized(fork - from);
  Grow(fork, next, {targets.begin(), targets.begin() + n / 2}, tip, tree);
  Grow(fork, next, {targets.begin() + n / 2, targets.end()}, tip, tree);
}

}  // namespace

std::vector<Tube> GrowTree(Vec3 root, Vec3 toward, const std::vector<Vec3>& targets, float tip) {
  std::vector<Tube> tree;
  if (!targets.empty()) Grow(root, Normalized(toward), targets, tip, &tree);
  return tree;
}

void Anatomy::GrowTrees() {
  struct Root {
    FineLabel lobe;
    Vec3 artery, vein, airway;
    int leaves;
  };
  const Root roots[] = {{kRightUpperLobe, At(42, -10, -8), At(42, 0, -22), At(50, -8, -4), 40},
                        {kRightMiddleLobe, At(44, -8, -34), At(42, 0, -26), At(60, 18, -66), 24},
                        {kRightLowerLobe, At(44, -24, -36), At(40, -22, -52), At(54, -44, -86), 44},
                        {kLeftUpperLobe, At(-44, -18, -4), At(-44, -6, -16), At(-60, 4, -2), 46},
                        {kLeftLowerLobe, At(-46, -30, -34), At(-40, -30, -48), At(-56, -46, -80), 40}};
  CounterRng rng(patient.seed, "trees", patient.number);
  for (const Root& root : roots) {
    const bool right = root.artery.x > 0;
    const auto targets = [&](int count, float depth) {
      std::vector<Vec3> points;
      for (int tries = 0; tries < 60 * count && static_cast<int>(points.size()) < count; ++tries) {
        const Vec3 p = {static_cast<float>(rng.Uniform(right ? 15 : -142, right ? 142 : -15)) * scale.x,
                        static_cast<float>(rng.Uniform(-95, 84)) * scale.y, static_cast<float>(rng.Uniform(-150, 108)) * scale.z};
        // The lobe's test is the cheap one.
        if (Lobe(p) == root.lobe && LungDepth(p) > depth) points.push_back(p);
      }
      return points;
    };
    const Vec3 outward = {right ? 1.0f : -1.0f, 0, 0};
    for (const Tube& tube : GrowTree(root.artery, outward, targets(root.leaves, 6), 1.25f)) artery_tree.push_back(tube);
    for (const Tube& tube : GrowTree(root.vein, outward, targets(root.leaves * 2 / 3, 6), 1.2f)) vein_tree.push_back(tube);
    for (const Tube& tube : GrowTree(root.airway, outward, targets(root.leaves / 3, 16), 0.9f)) {
      airway_tree.push_back(tube);
      airway_lobe.push_back(root.lobe);
    }
  }
}

}  // namespace asap::phantom
