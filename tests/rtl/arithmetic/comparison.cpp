// The vectors, and the result files.
#include "tests/rtl/arithmetic/comparison.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace attnsim::rtl {

void Comparison::mismatch(const Operands& operands, Word got, Word wanted) {
  if (++mismatches_ > 1) return;
  std::ostringstream text;
  text << module_ << std::hex;
  for (const Word word : operands) text << " 0x" << word;
  text << ": got 0x" << got << ", the model gives 0x" << wanted;
  first_ = text.str();
}

void Comparison::store(const std::string& largest_error) const {
#ifdef ATTNSIM_RTL_RESULTS
  std::ofstream file(std::string(ATTNSIM_RTL_RESULTS) + "/" + module_ + ".json");
  file << nlohmann::ordered_json{{"module", module_},
                                 {"vectors", vectors_},
                                 {"mismatches", mismatches_},
                                 {"largest_error", largest_error}}
              .dump(2)
       << '\n';
#else
  static_cast<void>(largest_error);
#endif
}

const std::vector<Word>& corners_fp32() {
  static const std::vector<Word> corners = [] {
    const std::vector<Word> positive = {
        0x00000000, 0x00000001, 0x00400000, 0x007fffff,              // zero, subnormals
        0x00800000, 0x00800001, 0x00ffffff, 0x01000000, 0x01800000,  // the smallest normal ones
        0x7f7fffff, 0x7f7ffffe, 0x7f000000, 0x7f7f8000,              // the largest ones
        0x7f800000, 0x7fc00000, 0x7f800001, 0x7fffffff,              // infinity, NaNs
        0x3f800000, 0x3f800001, 0x3f7fffff, 0x3f000000, 0x40000000,  // about 1
        0x3f808000, 0x3f818000, 0x3f808001, 0x3f807fff,              // half way between two bf16, and about it
        0x33800000, 0x33800001, 0x33000000, 0x4b800000, 0x4b000000,  // 2^-24 and 2^24: half a unit of 1
        0x1f800000, 0x5f800000, 0x20000000, 0x3effffff, 0x40490fdb,  // products at both ends
        0x40c00000, 0x42b17218, 0xc2aeac50,                          // exp's ends
    };
    std::vector<Word> both = positive;
    for (const Word word : positive) both.push_back(word ^ 0x80000000);
    return both;
  }();
  return corners;
}

const std::vector<Word>& corners_bf16() {
  static const std::vector<Word> corners = [] {
    std::set<Word> halves;
    for (const Word word : corners_fp32()) halves.insert(word >> 16);
    for (const Word word : {0x3f81, 0xbf81, 0x3fff, 0xbfff, 0x7f81}) halves.insert(word);
    return std::vector<Word>(halves.begin(), halves.end());
  }();
  return corners;
}

std::int64_t random_vectors() { return ATTNSIM_RTL_RANDOM; }

// splitmix64
std::uint64_t RandomOperands::bits() {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

// A word with an exponent in 112 to 143, in the upper `width` bits' format.
Word RandomOperands::like_exponent(int width) {
  const Word any = static_cast<Word>(bits());
  const Word word = (any & 0x807fffff) | (112 + (any >> 23 & 31)) << 23;
  return width == 16 ? word >> 16 : word;
}

Operands RandomOperands::next() {
  const int width = bf16_factors_ ? 16 : 32;
  kind_ = (kind_ + 1) % 3;
  if (kind_ == 0) {
    const std::uint64_t any = bits();
    const Word a = static_cast<Word>(any);
    const Word b = static_cast<Word>(any >> 32);
    const Word sum = static_cast<Word>(bits());
    return {bf16_factors_ ? a >> 16 : a, bf16_factors_ ? b >> 16 : b, sum};
  }
  const Word a = like_exponent(width);
  const Word b = like_exponent(width);
  if (kind_ == 1) return {a, b, like_exponent(32)};
  const float product = bf16_factors_ ? from_bf16(a) * from_bf16(b) : as_float(a) * as_float(b);
  return {a, b, as_word(-product) + static_cast<Word>(bits() % 9) - 4};
}

}  // namespace attnsim::rtl
