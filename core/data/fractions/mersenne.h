// Draws of NumPy's and Python's legacy generators, which published subsets and seeds were made with. Both are MT19937 (Matsumoto
// & Nishimura, 1998); they differ in how a seed becomes a state and 32-bit words become draws.
#ifndef ASAP_CORE_DATA_FRACTIONS_MERSENNE_H_
#define ASAP_CORE_DATA_FRACTIONS_MERSENNE_H_

#include <cstdint>
#include <vector>

namespace asap {

// numpy.random.RandomState(seed).permutation(size). size < 2^32.
std::vector<int64_t> NumpyPermutation(uint32_t seed, int64_t size);

// random.seed(seed); random.sample(range(population), count). 0 <= count <= population < 2^32.
std::vector<int64_t> PythonSample(uint32_t seed, int64_t population, int64_t count);

}  // namespace asap

#endif  // ASAP_CORE_DATA_FRACTIONS_MERSENNE_H_
