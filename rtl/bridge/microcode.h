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
  std::array<std::uint32_t, 8> mask{};  // bit column * Rows + row: visited
};

// Numbers of lane_control_pkg::lane_op_e.
enum class LaneOp { kIdle, kMax, kAdd, kMultiply, kDivide, kExp };

struct LaneInstruction {
  Tokens tokens;
  LaneOp op = LaneOp::kAdd;
  std::uint16_t steps = 1;
  struct Operand {
    bool is_constant = false;
    std::uint32_t constant = 0;  // fp32
    std::uint16_t address = 0;
    bool moves = false;  // by one word a step
  };
  Operand a;
  Operand b;
  std::uint16_t to = 0;
  bool up = false;
  std::uint16_t top = 0;
  std::uint8_t lanes = 0;
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
