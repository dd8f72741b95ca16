// SHA-256 (FIPS 180-4), by OpenSSL, for digests that other programs can check: sha256sum prints the same.
#ifndef ASAP_CORE_BASE_SHA256_H_
#define ASAP_CORE_BASE_SHA256_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace asap {

class Sha256 {
 public:
  Sha256();
  void Update(absl::string_view bytes);
  // 64 hexadecimal digits; ends the computation.
  std::string Hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string Sha256Hex(absl::string_view bytes);

}  // namespace asap

#endif  // ASAP_CORE_BASE_SHA256_H_
