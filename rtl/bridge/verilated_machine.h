// Drives the ports of one Verilated core. A clock cycle: the instructions are put on the ports, the logic settles, and
// what starts and ends is read before the edge.
#pragma once

#include <verilated.h>
#include <verilated_vcd_c.h>

#include <algorithm>
#include <array>

#include "common/error.h"
#include "rtl/bridge/machine.h"

namespace attnsim::rtl {

template <typename Core>
class VerilatedMachine : public Machine {
 public:
  // `dram` is the member of the core's root that holds the words.
  using Dram = VlUnpacked<SData, kDramWords>& (*)(Core&);
  VerilatedMachine(std::int64_t rows, Dram dram, const std::string& vcd)
      : rows_(rows), dram_(dram), context_(std::make_unique<VerilatedContext>()) {
    context_->traceEverOn(!vcd.empty());
    core_ = std::make_unique<Core>(context_.get());
    if (!vcd.empty()) open_waves(vcd);
    core_->rst_i = 1;
    for (int cycle = 0; cycle < kResetCycles; ++cycle) tick();
    core_->rst_i = 0;
  }
  ~VerilatedMachine() override {
    if (waves_) waves_->close();
    core_->final();
    Verilated::threadContextp(context_.get());  // a core unregisters from the thread's, which may be another's and gone
  }

  std::int64_t rows() const override { return rows_; }
  std::int64_t cycles() const override { return cycles_; }
  std::vector<std::uint16_t> read_dram(std::int64_t words) const override {
    const auto& dram = dram_(*core_);
    std::vector<std::uint16_t> result(static_cast<std::size_t>(words));
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = dram[i];
    return result;
  }
  void write_dram(const std::vector<std::uint16_t>& words) override {
    auto& dram = dram_(*core_);
    for (std::size_t i = 0; i < words.size(); ++i) dram[i] = words[i];
  }

  bool run(const Microcode& code, std::int64_t limit, const std::function<void(const Executed&)>& executed) override {
    set_channels(code);
    const std::array<std::size_t, 3> sizes{code.dma.size(), code.array_2d.size(), code.array_1d.size()};
    std::array<std::size_t, 3> next{};
    std::array<std::int64_t, 3> started{};
    std::int64_t idle = 0;
    for (std::int64_t cycle = 0; next != sizes; ++cycle) {
      if (cycle >= limit || idle > kLongestWait) return false;
      put(code, next);
      core_->clk_i = 0;
      core_->eval();
      idle = core_->start_o == 0 && core_->pop_o == 0 && !is_busy_ ? idle + 1 : 0;
      for (int unit = 0; unit < 3; ++unit) {
        const auto position = static_cast<std::size_t>(unit);
        if ((core_->start_o >> unit & 1) != 0) {
          started[position] = cycle;
          is_busy_ |= 1U << unit;
        }
        if ((core_->pop_o >> unit & 1) == 0) continue;
        is_busy_ &= ~(1U << unit);
        executed({unit, next[position], started[position], cycle + 1});
        ++next[position];
      }
      edge();
    }
    core_->valid_i = 0;
    for (int cycle = 0; cycle < kDrainCycles; ++cycle) tick();  // what is on its way to DRAM
    return true;
  }

 private:
  static constexpr int kResetCycles = 70;  // longer than the longest path of control words
  static constexpr int kDrainCycles = 40;
  static constexpr std::int64_t kLongestWait = 200;

  void open_waves(const std::string& vcd) {
    if constexpr (requires(Core & core, VerilatedVcdC * waves) { core.trace(waves, 1); }) {
      waves_ = std::make_unique<VerilatedVcdC>();
      core_->trace(waves_.get(), 99);
      waves_->open(vcd.c_str());
    } else {
      throw common::UsageError("--vcd: the rtl engine records the waves of the 4x4 core alone (got " +
                               std::to_string(rows_) + "x" + std::to_string(rows_) + ")");
    }
  }

  void edge() {
    if (waves_) waves_->dump(static_cast<std::uint64_t>(2 * cycles_));
    core_->clk_i = 1;
    core_->eval();
    if (waves_) waves_->dump(static_cast<std::uint64_t>(2 * cycles_ + 1));
    ++cycles_;
  }
  void tick() {
    core_->clk_i = 0;
    core_->eval();
    edge();
  }

  void set_channels(const Microcode& code) {
    core_->valid_i = 0;
    core_->set_i = 1;
    for (std::size_t i = 0; i < static_cast<std::size_t>(kChannels); ++i) {
      const ChannelSetting setting = i < code.channels.size() ? code.channels[i] : ChannelSetting{};
      core_->set_channel_i = static_cast<CData>(i);
      core_->set_latency_i = setting.latency;
      core_->set_tokens_i = setting.tokens;
      tick();
    }
    core_->set_i = 0;
  }

  void put(const Microcode& code, const std::array<std::size_t, 3>& next) {
    core_->valid_i = static_cast<CData>((next[0] < code.dma.size() ? 1 : 0) | (next[1] < code.array_2d.size() ? 2 : 0) |
                                        (next[2] < code.array_1d.size() ? 4 : 0));
    if (next[0] < code.dma.size()) put(code.dma[next[0]]);
    if (next[1] < code.array_2d.size()) put(code.array_2d[next[1]]);
    if (next[2] < code.array_1d.size()) put(code.array_1d[next[2]]);
  }

  void put(const DmaInstruction& code) {
    core_->dma_waits_i = code.tokens.waits;
    core_->dma_posts_i = code.tokens.posts;
    core_->dma_store_i = code.store;
    core_->dma_array_i = code.array;
    core_->dma_lane_i = code.lane;
    core_->dma_bank_is_outer_i = code.bank_is_outer;
    core_->dma_outer_i = code.outer;
    core_->dma_inner_i = code.inner;
    core_->dma_address_i = code.address;
    core_->dma_dram_i = code.dram;
    core_->dma_dram_outer_i = code.dram_outer;
    core_->dma_dram_inner_i = code.dram_inner;
  }

  void put(const PeInstruction& code) {
    core_->pe_waits_i = code.tokens.waits;
    core_->pe_posts_i = code.tokens.posts;
    core_->pe_offset_posts_i = code.tokens.offset_posts;
    core_->pe_offset_i = code.tokens.offset;
    core_->pe_op_i = static_cast<CData>(code.op);
    core_->pe_steps_i = code.steps;
    core_->pe_masked_i = code.masked;
    core_->pe_first_i = code.first;
    core_->pe_write_i = code.write;
    core_->pe_scaled_i = code.scaled;
    core_->pe_scale_i = code.scale;
    core_->pe_from_i = code.from;
    core_->pe_to_i = code.to;
    core_->pe_left_i = code.left;
    core_->pe_top_i = code.top;
    core_->pe_lane_i = code.lane;
    core_->pe_rows_i = code.rows;
    core_->pe_columns_i = code.columns;
    core_->pe_drains_i = code.drains;
    put_mask(core_->pe_mask_i, code.mask);
  }
  // Of 16, 64 or 256 bits.
  static void put_mask(SData& port, const std::array<std::uint32_t, 8>& mask) { port = static_cast<SData>(mask[0]); }
  static void put_mask(QData& port, const std::array<std::uint32_t, 8>& mask) {
    port = mask[0] | static_cast<QData>(mask[1]) << 32;
  }
  static void put_mask(VlWide<8>& port, const std::array<std::uint32_t, 8>& mask) {
    for (std::size_t i = 0; i < mask.size(); ++i) port[i] = mask[i];
  }

  void put(const LaneInstruction& code) {
    core_->lane_waits_i = code.tokens.waits;
    core_->lane_posts_i = code.tokens.posts;
    core_->lane_offset_posts_i = code.tokens.offset_posts;
    core_->lane_offset_i = code.tokens.offset;
    for (std::size_t step = 0; step < code.program.size(); ++step) put_step(13 * step, code.program[step]);
    core_->lane_length_i = static_cast<CData>(code.program.size());
    core_->lane_outer_i = code.outer;
    core_->lane_inner_i = code.inner;
    core_->lane_adds_up_i = code.adds_up;
    core_->lane_sum_source_i = static_cast<CData>(code.sum_source);
    core_->lane_a_constant_i = code.constants[0];
    core_->lane_b_constant_i = code.constants[1];
    core_->lane_a_i = code.a.address;
    core_->lane_a_outer_i = code.a.outer;
    core_->lane_a_inner_i = code.a.inner;
    core_->lane_b_i = code.b.address;
    core_->lane_b_outer_i = code.b.outer;
    core_->lane_b_inner_i = code.b.inner;
    core_->lane_sum_i = code.sum;
    core_->lane_to_i = code.to;
    core_->lane_edge_i = code.edge;
    core_->lane_to_outer_i = code.to_outer;
    core_->lane_up_i = code.up;
    core_->lane_aside_i = code.aside;
    core_->lane_lanes_i = code.lanes;
  }

  // lane_control_pkg::lane_step_t, 13 bits.
  void put_step(std::size_t bit, const LaneStep& step) {
    const auto field = [](auto value, int place) { return static_cast<std::uint64_t>(value) << place; };
    const std::uint64_t word = field(step.op, 10) | field(step.a, 7) | field(step.b, 4) | field(step.minus_a, 3) |
                               field(step.minus_b, 2) | field(step.minus_result, 1) | field(step.scratch, 0);
    const std::uint64_t mask = 0x1fff;
    auto& words = core_->lane_program_i;
    const std::size_t first = bit / 32;
    words[first] = static_cast<EData>((words[first] & ~(mask << bit % 32)) | word << bit % 32);
    if (bit % 32 <= 32 - 13) return;
    const std::size_t rest = 32 - bit % 32;
    words[first + 1] = static_cast<EData>((words[first + 1] & ~(mask >> rest)) | word >> rest);
  }

  std::int64_t rows_;
  Dram dram_;
  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Core> core_;
  std::unique_ptr<VerilatedVcdC> waves_;
  std::int64_t cycles_ = 0;
  unsigned is_busy_ = 0;
};

}  // namespace attnsim::rtl
