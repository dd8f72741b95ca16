// Turns 8 x 8 voxels at a time: to[j * to_stride + i] = from[i * from_stride + j] for i, j in 0 ... 7. Strides in elements.
#ifndef ASAP_CORE_IMAGING_TRANSPOSE_H_
#define ASAP_CORE_IMAGING_TRANSPOSE_H_

#include <emmintrin.h>

#include <cstdint>

namespace asap {

inline void Transpose8x8(const int16_t* from, int64_t from_stride, int16_t* to, int64_t to_stride) {
  __m128i row[8], pair[8];
  for (int i = 0; i < 8; ++i) row[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i * from_stride));
  for (int i = 0; i < 4; ++i) {
    pair[i] = _mm_unpacklo_epi16(row[2 * i], row[2 * i + 1]);      // columns 0 ... 3 of two rows
    pair[4 + i] = _mm_unpackhi_epi16(row[2 * i], row[2 * i + 1]);  // columns 4 ... 7
  }
  for (int half = 0; half < 2; ++half) {
    const __m128i* p = pair + 4 * half;
    const __m128i quad[4] = {_mm_unpacklo_epi32(p[0], p[1]), _mm_unpackhi_epi32(p[0], p[1]), _mm_unpacklo_epi32(p[2], p[3]),
                             _mm_unpackhi_epi32(p[2], p[3])};
    int16_t* out = to + 4 * half * to_stride;
    for (int i = 0; i < 2; ++i) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 2 * i * to_stride), _mm_unpacklo_epi64(quad[i], quad[2 + i]));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out + (2 * i + 1) * to_stride), _mm_unpackhi_epi64(quad[i], quad[2 + i]));
    }
  }
}

inline void Transpose8x8(const uint8_t* from, int64_t from_stride, uint8_t* to, int64_t to_stride) {
  __m128i pair[4];
  for (int i = 0; i < 4; ++i) {
    pair[i] = _mm_unpacklo_epi8(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from + 2 * i * from_stride)),
                                _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from + (2 * i + 1) * from_stride)));
  }
  const __m128i quad[4] = {_mm_unpacklo_epi16(pair[0], pair[1]), _mm_unpackhi_epi16(pair[0], pair[1]),
                           _mm_unpacklo_epi16(pair[2], pair[3]), _mm_unpackhi_epi16(pair[2], pair[3])};
  const __m128i two_columns[4] = {_mm_unpacklo_epi32(quad[0], quad[2]), _mm_unpackhi_epi32(quad[0], quad[2]),
                                  _mm_unpacklo_epi32(quad[1], quad[3]), _mm_unpackhi_epi32(quad[1], quad[3])};
  for (int i = 0; i < 4; ++i) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to + 2 * i * to_stride), two_columns[i]);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to + (2 * i + 1) * to_stride),
                     _mm_unpackhi_epi64(two_columns[i], two_columns[i]));
  }
}

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_TRANSPOSE_H_
