// A small cascade as text, for tests that change one line of it and read the error.
#pragma once

#include <stdexcept>
#include <string>

#include "workloads/cascade.h"

namespace attnsim::workloads {

inline std::string small_cascade() {
  return R"(# A running sum of scaled products.
id: small
class: teaching
source: none
provenance: confirmed
ranks: {p: queries, m: keys, e: 8}
split: {m: [m1, m0]}
inputs: ["Q[p,e]", "K[m,e]"]
output: Z[p]
iterate: m1
start:
  - R[p] = 0
each:
  - S[m0,p] = scale * Q[p,e] * K[m1,m0,e]
  - L[p] = max(m0) S[m0,p]
  - R'[p] = R[p] + exp(L[p])
finish:
  - Z[p] = log(R[p])
)";
}

// `text` with the one occurrence of `old_part` replaced.
inline std::string changed(std::string text, const std::string& old_part, const std::string& new_part) {
  const std::size_t at = text.find(old_part);
  if (at == std::string::npos || text.find(old_part, at + 1) != std::string::npos) {
    throw std::logic_error("not exactly once in the text: " + old_part);
  }
  return text.replace(at, old_part.size(), new_part);
}

// The message of the InputError that the text gives; "" where it is read without one.
inline std::string error_of(const std::string& text) {
  try {
    parse_cascade(text, "x.yaml");
    return "";
  } catch (const common::InputError& error) {
    return error.what();
  }
}

inline std::string error_of_change(const std::string& old_part, const std::string& new_part) {
  return error_of(changed(small_cascade(), old_part, new_part));
}

}  // namespace attnsim::workloads
