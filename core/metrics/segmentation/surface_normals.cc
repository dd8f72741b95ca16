#include "core/metrics/segmentation/surface_normals.h"

namespace asap {
namespace {

// Three letters a normal, one a component: 'e' is 0, each letter up or down from it an eighth.
// clang-format off
constexpr const char* kNormals[256] = {
    "", "fff", "ddf", "ccegge", "fdf", "cecgeg", "fdfddf", "ieegggfff", "dff", "fffdff", "cegceg", "ieeccgddf", "gcegce",
    "ieegcgdfd", "aeecggdff", "ieeiee", "fdd", "eccegg", "ddffdd", "eaegggfff", "fdffdd", "eeagggddd", "ddffdffdd",
    "dddcccgggfff", "dfffdd", "ecceggdff", "cegcegfdd", "fffhhhecgceg", "fddgcegce", "hhhegcdddcge", "aeedddcccfff",
    "aeedddccc", "fdf", "ffffdf", "ecgegc", "eaeffdggc", "fdffdf", "fdfcecgeg", "ecgegcfdf", "bbheggffdcec", "dfffdf",
    "ffffdfdff", "eeiccgddf", "ggcggcffdddf", "fdfgcegce", "ieegcgdfdfdf", "egchbbdffgge", "aeeccgddf", "gcecge", "eiecggfdd",
    "eiefdfcgc", "eieeae", "gcecgefdf", "bbbcegdddcge", "fffeaecccddd", "eaecccddd", "dffgcecge", "eieggcddfddf",
    "bhbccedfdceg", "eieggcddf", "gcecgegcegce", "ccecceddf", "fffccecce", "ccecce", "ddf", "fffddf", "ddfddf", "ddfccegge",
    "ecgecg", "eeigcgfdf", "ecgecgddf", "hbheccdfdgge", "ddfdff", "fffddfdff", "ddfcegceg", "ieeccgddfddf", "eiecgcfdf",
    "cgccgcdfddfd", "cechbbegcdff", "ieecgcfdf", "ceggec", "eeicggdff", "ddfceggec", "cecbhhccedff", "eeaggcddf", "eeieei",
    "ffffffgggeei", "fffgggeei", "ceggecdff", "eeigcgfdffdf", "cegcegceggec", "fdfgeggeg", "gegbbhcgeddf", "eeigcgfdf",
    "fffgeggeg", "geggeg", "ddffdf", "fffddffdf", "ddfecgegc", "eaeffdggcddf", "ecgecgfdf", "eeigcgfdffdf", "ecgecgecgegc",
    "eggeggfdd", "dfffdfddf", "dfffdfddffff", "eeiccgddfddf", "ffffdffdd", "eiecgcfdffdf", "fffddffdd", "ecceggfff", "ffffdd",
    "ieegccfdd", "cggdffcggfdd", "hbheggdfdceg", "eaecggdff", "bbhgceeggddf", "dffcggeei", "fffeggegg", "eggegg",
    "ieegggffffff", "fdfddffff", "cecgegfff", "ffffdf", "cceggefff", "fffddf", "ffffff", "fff", "fff", "ffffff", "fffddf",
    "cceggefff", "ffffdf", "cecgegfff", "fdfddffff", "ieegggffffff", "eggegg", "fffeggegg", "dffcggeei", "bbhgceeggddf",
    "eaecggdff", "hbheggdfdceg", "cggdffcggfdd", "ieegccfdd", "ffffdd", "ecceggfff", "fffddffdd", "eiecgcfdffdf", "ffffdffdd",
    "eeiccgddfddf", "dfffdfddffff", "dfffdfddf", "eggeggfdd", "ecceggeggegg", "eeigcgfdffdf", "ecgecgfdf", "eaeffdggcddf",
    "ddfecgegc", "fffddffdf", "ddffdf", "geggeg", "fffgeggeg", "eeigcgfdf", "gegbbhcgeddf", "fdfgeggeg", "cecgeggeggeg",
    "eeigcgfdffdf", "ceggecdff", "fffgggeei", "ffffffgggeei", "eeieei", "eeaggcddf", "cecbhhccedff", "ddfceggec", "eeicggdff",
    "ceggec", "ieecgcfdf", "cechbbegcdff", "cgccgcdfddfd", "eiecgcfdf", "ieeccgddfddf", "ddfcegceg", "fffddfdff", "ddfdff",
    "hbheccdfdgge", "ecgecgddf", "eeigcgfdf", "ecgecg", "ddfccegge", "ddfddf", "fffddf", "ddf", "ccecce", "fffccecce",
    "ccecceddf", "ccecceccegge", "eieggcddf", "bhbccedfdceg", "eieggcddfddf", "dffgcecge", "eaecccddd", "fffeaecccddd",
    "bbbcegdddcge", "gcecgefdf", "eieeae", "eiefdfcgc", "eiecggfdd", "gcecge", "aeeccgddf", "egchbbdffgge", "ieegcgdfdfdf",
    "fdfgcegce", "ggcggcffdddf", "eeiccgddf", "ffffdfdff", "dfffdf", "bbheggffdcec", "ecgegcfdf", "fdfcecgeg", "fdffdf",
    "eaeffdggc", "ecgegc", "ffffdf", "fdf", "aeedddccc", "aeedddcccfff", "hhhegcdddcge", "fddgcegce", "fffhhhecgceg",
    "cegcegfdd", "ecceggdff", "dfffdd", "dddcccgggfff", "ddffdffdd", "eeagggddd", "fdffdd", "eaegggfff", "ddffdd", "eccegg",
    "fdd", "ieeiee", "aeecggdff", "ieegcgdfd", "gcegce", "ieeccgddf", "cegceg", "fffdff", "dff", "ieegggfff", "fdfddf",
    "cecgeg", "fdf", "ccegge", "ddf", "fff", "",
};
// clang-format on

}  // namespace

std::vector<std::array<double, 3>> SurfaceNormals(uint8_t code) {
  std::vector<std::array<double, 3>> normals;
  for (const char* letter = kNormals[code]; *letter != 0; letter += 3) {
    normals.push_back({(letter[0] - 'e') / 8.0, (letter[1] - 'e') / 8.0, (letter[2] - 'e') / 8.0});
  }
  return normals;
}

}  // namespace asap
