// Nayak et al., FuseMax, MICRO 2024, and its artifact's 45 nm tables: pJ a 256 x 256 tile, plus DRAM.
// The number of buffer rows that a tile of the baselines reads is fitted on the listed cells: all are met to 0.06 %
// but those (the longest, and FLAT at 64K) in which one more read of every score is counted, 3 % of the energy.
#include "validation/fusemax/energy_form.h"

#include <cmath>
#include <stdexcept>

namespace attnsim::validation {

namespace {

constexpr double kMacc = 17.1645;
constexpr double kAdd = 8.3395;
constexpr double kMax = 0.028036;
constexpr double kDivide = 36.2512;
constexpr double kDramPerByte = 8 * 3.9;
constexpr double kSide = 256;
constexpr double kPes = kSide * kSide;
constexpr double kRowBytes = 512;  // 256 words

struct RowCosts {
  double read;
  double write;
};
constexpr RowCosts k16MiB = {12869, 15442};
constexpr RowCosts k32MiB = {23866, 27240};

struct Sizes {
  double tiles;
  double width;         // E = F
  double operand_rows;  // of Q, K, V or AV
};

Sizes sizes_of(const Shape& shape) {
  const auto heads = static_cast<double>(shape.batch * shape.heads);
  const auto length = static_cast<double>(shape.seq_len);
  const auto width = static_cast<double>(shape.head_dim);
  return {heads * (length / kSide) * (length / kSide), width, heads * length * width * 2 / kRowBytes};
}

double fusemax(const Shape& shape, double dram_bytes) {
  const auto [tiles, width, operand_rows] = sizes_of(shape);
  const double exp = 6 * kMacc + kAdd;
  const double array_2d = kPes * (2 * width * kMacc + kMax + exp + kAdd);
  const double divisions = width * kSide / static_cast<double>(shape.seq_len) * kDivide;
  const double array_1d = kSide * (kMax + exp + kMacc + kAdd + width * (kMacc + kAdd) + divisions);
  const double buffer = 4 * width * k16MiB.read + width * k16MiB.write;  // Q, K, V, RNV read; RNV written
  // Q comes once, K and V once a block of queries; AV goes once.
  const double operands = dram_bytes / kRowBytes / operand_rows;
  const double fills = operand_rows * ((operands - 1) * k16MiB.write + k16MiB.read);
  return tiles * (array_2d + array_1d + buffer) + fills + dram_bytes * kDramPerByte;
}

// Both baselines: two products, and a maximum, an exp (not charged), a sum and a division a score.
double baseline(const Shape& shape, double row_reads, double row_writes, double fills, double dram_bytes) {
  const auto [tiles, width, operand_rows] = sizes_of(shape);
  const double arrays = kPes * (2 * width * kMacc + kMax + kAdd + kDivide);
  return tiles * (arrays + row_reads * k32MiB.read + row_writes * k32MiB.write) + operand_rows * fills +
         dram_bytes * kDramPerByte;
}

double flat(const Shape& shape, double dram_bytes) {
  const auto width = static_cast<double>(shape.head_dim);
  const bool scores_leave = shape.seq_len > (64 << 10);
  if (scores_leave) return baseline(shape, 768 + 3 * width, 768, 0, dram_bytes);
  // Operands streamed a tile at a time: all three at E = 64, two where the search keeps Q or V at E = 128.
  const double streamed = shape.head_dim == 64 ? 3 : 2;
  return baseline(shape, 1024 + width, 768 + streamed * width, 0, dram_bytes);
}

}  // namespace

double energy_form(const std::string& mapping, const Shape& shape) {
  const double dram_bytes = closed_form(mapping, shape).dram_bytes;
  const auto width = static_cast<double>(shape.head_dim);
  if (mapping == "fusemax") return fusemax(shape, dram_bytes);
  if (mapping == "flat") return flat(shape, dram_bytes);
  // 59,000 pJ a row of an operand: the slope over the length of the listed cells.
  if (mapping == "unfused") return baseline(shape, 1024 + width, 768, 59000, dram_bytes);
  throw std::invalid_argument("no energy form for mapping " + mapping);
}

}  // namespace attnsim::validation
