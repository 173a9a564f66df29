// Nayak et al., FuseMax, MICRO 2024, Sections V and VI: cycles a 256 x 256 tile, bytes, and max(compute, DRAM).
#include "validation/fusemax/closed_form.h"

#include <algorithm>
#include <stdexcept>

#include "common/registry.h"
#include "validation/fusemax/csv.h"

namespace attnsim::validation {

namespace {

constexpr std::int64_t kSide = 256;  // rows, columns, lanes
constexpr double kClock = 940e6;
constexpr double kDramRate = 400.0 * (1LL << 30);
constexpr std::int64_t kWord = 2;
constexpr std::int64_t kBuffer = 16LL << 20;  // of FuseMax; the published +Cascade is sized for it as well

// Totals over batch and heads.
struct Totals {
  double tiles = 0;
  double operand_bytes = 0;  // each of Q, K, V and AV
  double score_bytes = 0;
};

Totals totals(const Shape& shape) {
  const auto heads = static_cast<double>(shape.batch * shape.heads);
  const auto length = static_cast<double>(shape.seq_len);
  return {heads * (length / kSide) * (length / kSide), heads * length * static_cast<double>(shape.head_dim * kWord),
          heads * length * length * kWord};
}

// The slower of arrays and DRAM; the tile's busy cycles give the utilisations.
Prediction overlapped(const Totals& sizes, double tile_cycles, double busy_2d, double busy_1d, double bytes) {
  const double compute = sizes.tiles * tile_cycles / kClock;
  const double seconds = std::max(compute, bytes / kDramRate);
  const double tiles_per_cycle = sizes.tiles / (seconds * kClock);
  return {bytes, seconds, busy_2d * tiles_per_cycle, busy_1d * tiles_per_cycle};
}

// Q is kept by the block of P1 tiles and K, V are streamed once a block. A tile of queries takes E + F + `columns`
// words a query in the buffer, beside two double-buffered tiles of K and V.
double fusemax_bytes(const Shape& shape, std::int64_t columns) {
  const auto width = shape.head_dim;
  const auto tiles = shape.seq_len / kSide;
  const auto limit = (kBuffer - 4 * kSide * width) / ((2 * width + columns) * kWord * kSide);
  std::int64_t block = 1;
  for (std::int64_t candidate = 1; candidate <= std::min(limit, tiles); ++candidate) {
    if (tiles % candidate == 0) block = candidate;
  }
  const std::int64_t blocks = tiles / block;
  return (2 + 2 * static_cast<double>(blocks)) * totals(shape).operand_bytes;
}

Prediction fusemax(const Shape& shape) {
  const auto width = static_cast<double>(shape.head_dim);
  const double divisions = width * kSide / static_cast<double>(shape.seq_len);  // AV, once for M1 tiles
  const double cycles = 2 * width + 10 + divisions;
  return overlapped(totals(shape), cycles, 2 * width + 9, cycles, fusemax_bytes(shape, 2));
}

// The paper gives 458 cycles at E = 64 and 650 at E = 128, 256 of them a stall for the column maximum; 3E + 266 is the
// line through the two.
Prediction fusemax_arch(const Shape& shape) {
  const auto width = static_cast<double>(shape.head_dim);
  const double divisions = width * kSide / static_cast<double>(shape.seq_len);
  return overlapped(totals(shape), 3 * width + 266, 2 * width + 9, 2 * width + 10 + divisions, fusemax_bytes(shape, 2));
}

Prediction fusemax_cascade(const Shape& shape) {
  const auto width = static_cast<double>(shape.head_dim);
  const double divisions = width * kSide / static_cast<double>(shape.seq_len);
  const double cycles = kSide * 4.0 + 5 + 2 * width + divisions;
  // Score and exponent columns, 256 words each a query, are buffered too.
  return overlapped(totals(shape), cycles, 2 * width, cycles, fusemax_bytes(shape, 2 + 2 * kSide));
}

Prediction flat(const Shape& shape) {
  static const auto table = read_csv(common::data_root() / "validation" / "fusemax" / "flat_dataflow.csv");
  const auto row = std::find_if(table.begin(), table.end(), [&shape](const CsvRow& candidate) {
    return number(candidate.at("head_dim")) == static_cast<double>(shape.head_dim) &&
           number(candidate.at("seq_len")) == static_cast<double>(shape.seq_len);
  });
  if (row == table.end()) throw std::out_of_range("no FLAT dataflow is known for this head_dim and length");
  const auto sizes = totals(shape);
  const double width = static_cast<double>(shape.head_dim);
  // An operand in DRAM is streamed again for every tile; one in the buffer comes once.
  const double streamed = sizes.tiles * kSide * width * kWord;
  double bytes = sizes.operand_bytes;  // AV
  if (row->at("scores") == "on") {
    bytes += row->at("q") == "on" ? sizes.operand_bytes : streamed;
    bytes += streamed;  // K
    bytes += row->at("v") == "on" ? sizes.operand_bytes : streamed;
    // Fitted on the listed cells, E = 64. A score passes the buffer seven times: written once, read for the maximum,
    // read and written by exp and by the division, read for AV.
    bytes += 7 * number(row->at("spilled")) * sizes.score_bytes;
  } else {
    // Weight-stationary: Q once, K and V once a block of queries; scores and weights are written and read back.
    const double blocks = static_cast<double>(shape.seq_len) / number(row->at("p1"));
    bytes += sizes.operand_bytes + blocks * 2 * sizes.operand_bytes + 4 * sizes.score_bytes;
  }
  return overlapped(sizes, 4 * kSide, 2 * width, 4 * kSide, bytes);
}

// QK, softmax and AV one after another, each the slower of compute and DRAM.
Prediction unfused(const Shape& shape) {
  const auto sizes = totals(shape);
  const auto width = static_cast<double>(shape.head_dim);
  // Fitted on the published cells: K and V are read once up to 64K tokens and eight times beyond.
  const double rereads = shape.seq_len > (64 << 10) ? 8 : 1;
  const double product_bytes = (1 + rereads) * sizes.operand_bytes + sizes.score_bytes;
  const double softmax_bytes = 2 * sizes.score_bytes;
  const auto slower = [&sizes](double tile_cycles, double bytes) {
    return std::max(sizes.tiles * tile_cycles / kClock, bytes / kDramRate);
  };
  Prediction prediction;
  prediction.dram_bytes = 2 * product_bytes + softmax_bytes;
  prediction.seconds = slower(width, product_bytes) + slower(4 * kSide, softmax_bytes) + slower(kSide, product_bytes);
  const double tiles_per_cycle = sizes.tiles / (prediction.seconds * kClock);
  prediction.utilization_2d = 2 * width * tiles_per_cycle;
  prediction.utilization_1d = 4 * kSide * tiles_per_cycle;
  return prediction;
}

}  // namespace

double linear_form(const Model& model, std::int64_t seq_len) {
  const auto tokens = static_cast<double>(model.batch * seq_len);
  const auto weights =
      static_cast<double>(4 * model.hidden * model.heads * model.head_dim + 2 * model.hidden * model.ffn);
  return tokens * weights / (kSide * kSide * kClock);
}

const std::vector<Model>& models() {
  static const std::vector<Model> list = {{"bert-base", 64, 12, 64, 768, 3072},
                                          {"trxl-wt103", 64, 16, 64, 1024, 4096},
                                          {"t5-small-encoder", 64, 8, 64, 512, 2048},
                                          {"xlm", 64, 16, 128, 2048, 8192}};
  return list;
}

const std::vector<std::int64_t>& lengths() {
  static const std::vector<std::int64_t> list = {1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20};
  return list;
}

const std::vector<std::string>& mappings() {
  static const std::vector<std::string> list = {"unfused", "flat", "fusemax-cascade", "fusemax-arch", "fusemax"};
  return list;
}

Prediction closed_form(const std::string& mapping, const Shape& shape) {
  if (mapping == "unfused") return unfused(shape);
  if (mapping == "flat") return flat(shape);
  if (mapping == "fusemax-cascade") return fusemax_cascade(shape);
  if (mapping == "fusemax-arch") return fusemax_arch(shape);
  if (mapping == "fusemax") return fusemax(shape);
  throw std::invalid_argument("no closed form for mapping " + mapping);
}

}  // namespace attnsim::validation
