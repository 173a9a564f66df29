// Comparing a Verilated module with its C++ model: the vectors, and what came of them.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

namespace attnsim::rtl {

using Word = std::uint32_t;

inline float as_float(Word word) { return std::bit_cast<float>(word); }
inline Word as_word(float value) { return std::bit_cast<Word>(value); }
inline float from_bf16(Word half) { return as_float(half << 16); }

// The words of one operation: its operands, as the module takes them.
using Operands = std::array<Word, 3>;

// Counts vectors and mismatches of a module, and keeps the first mismatch as text.
class Comparison {
 public:
  explicit Comparison(std::string module) : module_(std::move(module)) {}

  void add(const Operands& operands, Word got, Word wanted) {
    ++vectors_;
    if (got != wanted) mismatch(operands, got, wanted);
  }
  std::int64_t vectors() const { return vectors_; }
  std::int64_t mismatches() const { return mismatches_; }
  const std::string& first() const { return first_; }
  // Writes NAME.json into the folder of results, if there is one: {module, vectors, mismatches, largest_error}, the
  // error as text with its measure.
  void store(const std::string& largest_error = "") const;

 private:
  void mismatch(const Operands& operands, Word got, Word wanted);

  std::string module_;
  std::string first_;
  std::int64_t vectors_ = 0;
  std::int64_t mismatches_ = 0;
};

// Zeros, subnormals, the ends of the normal range, infinities, NaNs, ties of bf16 and fp32, and ordinary numbers, of
// both signs.
const std::vector<Word>& corners_fp32();
// The same in bf16, in the low 16 bits.
const std::vector<Word>& corners_bf16();

// How many random vectors a binary operation gets.
std::int64_t random_vectors();

// Words for the operands of a sum of products: a third of them any bits, a third of like exponents, a third so that
// the sum nearly cancels the product. With bf16 factors these are in the low 16 bits.
class RandomOperands {
 public:
  explicit RandomOperands(bool bf16_factors, std::uint64_t seed = 1) : bf16_factors_(bf16_factors), state_(seed) {}
  Operands next();

 private:
  std::uint64_t bits();
  Word like_exponent(int width);

  bool bf16_factors_;
  std::uint64_t state_;
  int kind_ = 0;
};

}  // namespace attnsim::rtl
