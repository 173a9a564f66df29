// What the host gives the core: for each unit the instructions that it executes, in order and written out, with
// addresses in place of tiles. Fields are those of the ports of rtl/core.sv.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace attnsim::rtl {

inline constexpr int kChannels = 64;
inline constexpr std::int64_t kDramWords = 1 << 18;
inline constexpr std::int64_t kBankWords = 8192;
inline constexpr std::int64_t kPeRegisters = 16;
inline constexpr std::int64_t kExpCycles = 7;  // everything else takes one

struct Tokens {
  int instruction = 0;  // position in the block
  std::uint64_t waits = 0;
  std::uint64_t posts = 0;  // at the end
  std::uint64_t offset_posts = 0;
  std::uint16_t offset = 0;
};

struct DmaInstruction {
  Tokens tokens;
  bool store = false;
  bool array = false;  // loads: top banks; stores: from the PEs
  bool lane = false;   // loads: lanes' banks
  bool bank_is_outer = true;
  std::uint16_t outer = 1;
  std::uint16_t inner = 1;
  std::uint16_t address = 0;
  std::uint32_t dram = 0;
  std::uint32_t dram_outer = 0;
  std::uint32_t dram_inner = 0;
};

// Numbers of pe_control_pkg::pe_op_e.
enum class PeOp { kIdle, kMacc, kReduceMax, kReduceAdd, kReduceMacc, kExp };

struct PeInstruction {
  Tokens tokens;
  PeOp op = PeOp::kMacc;
  std::uint16_t steps = 1;
  bool masked = false;
  bool first = true;
  bool write = false;
  bool scaled = false;
  std::uint16_t scale = 0;  // bf16
  std::uint8_t from = 0;
  std::uint8_t to = 0;
  std::uint16_t left = 0;
  std::uint16_t top = 0;
  std::uint16_t lane = 0;
  std::uint8_t rows = 0;
  std::uint8_t columns = 0;
  bool drains = false;                  // register `to` goes to the lanes, row by row from address `lane` on
  std::array<std::uint32_t, 8> mask{};  // bit column * Rows + row: visited

  std::int64_t cycles() const { return steps * (op == PeOp::kExp ? kExpCycles : 1) + (masked ? 1 : 0); }
};

// Numbers of lane_control_pkg::lane_op_e, lane_source_e and sum_source_e.
enum class LaneOp { kIdle, kMax, kAdd, kMultiply, kDivide, kExp, kMacc = 7 };
enum class LaneSource { kBankA, kBankB, kConstantA, kConstantB, kScratch0, kScratch1, kSum };
enum class SumSource { kRegister, kBank, kZero, kLowest };

struct LaneStep {
  LaneOp op = LaneOp::kAdd;
  LaneSource a = LaneSource::kBankA;
  LaneSource b = LaneSource::kBankB;
  bool minus_a = false;
  bool minus_b = false;
  bool minus_result = false;
  std::uint8_t scratch = 0;
};

struct LaneInstruction {
  Tokens tokens;
  std::vector<LaneStep> program;
  std::uint16_t outer = 1;
  std::uint16_t inner = 1;
  bool adds_up = false;  // over the inner elements
  SumSource sum_source = SumSource::kZero;
  struct Operand {
    std::uint16_t address = 0;
    std::uint16_t outer = 0;  // from one element to the next
    std::uint16_t inner = 0;
  };
  Operand a;
  Operand b;
  std::array<std::uint32_t, 2> constants{};  // fp32
  std::uint16_t sum = 0;
  std::uint16_t to = 0;
  std::uint16_t edge = 0;
  std::uint16_t to_outer = 0;
  bool up = false;     // to the top bank
  bool aside = false;  // to the left bank
  std::uint8_t lanes = 0;

  std::int64_t cycles() const {
    std::int64_t element = 0;
    for (const LaneStep& step : program) element += step.op == LaneOp::kExp ? kExpCycles : 1;
    return element * outer * inner;
  }
};

struct ChannelSetting {
  std::uint8_t latency = 0;
  std::uint16_t tokens = 0;
};

struct Microcode {
  std::vector<ChannelSetting> channels;
  std::vector<DmaInstruction> dma;
  std::vector<PeInstruction> array_2d;
  std::vector<LaneInstruction> array_1d;
};

inline std::uint32_t fp32_bits(double value) { return std::bit_cast<std::uint32_t>(static_cast<float>(value)); }

}  // namespace attnsim::rtl
