// Block by block: DRAM is filled, the microcode runs, DRAM is read back.
#include "rtl/rtl_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "arch/arithmetic/pe.h"
#include "common/error.h"
#include "rtl/bridge/encoder.h"
#include "sim/functional/heads.h"

namespace attnsim::rtl {
namespace {

using workloads::Tensor;
using workloads::TensorRef;
using workloads::Tensors;

std::uint16_t word_of(double value) {
  return static_cast<std::uint16_t>(fp32_bits(arch::to_bf16(static_cast<float>(value))) >> 16);
}

double value_of(std::uint16_t word) { return std::bit_cast<float>(static_cast<std::uint32_t>(word) << 16); }

// A block's tensors in DRAM and back.
class Dram {
 public:
  Dram(const mapping::Dataflow& dataflow, const workloads::Instance& instance, std::vector<Tensors>& heads)
      : instance_(instance), heads_(heads) {
    for (const mapping::Action& action : dataflow.actions) {
      if (action.kind == mapping::Node::Kind::kLoad) add(action.write->tensor);
      if (action.kind != mapping::Node::Kind::kStore) continue;
      add(action.reads.front().tensor);
      stored_.push_back(action.reads.front().tensor);
    }
    if (map_.words() > kDramWords) {
      throw common::InputError({"--engine rtl", 0, ""},
                               fmt::format("the tensors have {} words; the core's DRAM has {}; "
                                           "take a shorter --seq-len or --engine systemc",
                                           map_.words(), kDramWords));
    }
  }

  const DramMap& map() const { return map_; }

  void fill(Machine& machine) const {
    std::vector<std::uint16_t> words(static_cast<std::size_t>(map_.words()));
    for (std::size_t head = 0; head < heads_.size(); ++head) {
      for (const auto& [name, tensor] : heads_[head]) {
        if (!map_.has(head, name)) continue;
        const std::vector<double> values = instance_.merge(tensor, *instance_.cascade().declared(name)).values();
        const auto base = static_cast<std::size_t>(map_.at(head, name).base);
        for (std::size_t i = 0; i < values.size(); ++i) words[base + i] = word_of(values[i]);
      }
    }
    machine.write_dram(words);
  }

  void take_back(const Machine& machine) {
    const std::vector<std::uint16_t> words = machine.read_dram(map_.words());
    for (std::size_t head = 0; head < heads_.size(); ++head) {
      for (const std::string& name : stored_) {
        const TensorRef& declared = *instance_.cascade().declared(name);
        Tensor dense = instance_.merge(heads_[head].at(name), declared);
        const auto base = static_cast<std::size_t>(map_.at(head, name).base);
        for (std::size_t i = 0; i < dense.values().size(); ++i) dense.values()[i] = value_of(words[base + i]);
        heads_[head][name] = instance_.split(dense);
      }
    }
  }

 private:
  void add(const std::string& tensor) {
    const TensorRef& declared = *instance_.cascade().declared(tensor);
    std::vector<std::string> ranks;
    std::vector<std::int64_t> extents;
    for (const std::string& part : declared.ranks) {
      const std::string rank = instance_.cascade().base_rank(part);
      if (std::find(ranks.begin(), ranks.end(), rank) != ranks.end()) continue;
      ranks.push_back(rank);
      extents.push_back(instance_.extent(rank));
    }
    for (std::size_t head = 0; head < heads_.size(); ++head) {
      map_.add(head, tensor, ranks, extents);
      if (heads_[head].count(tensor) == 0)
        heads_[head][tensor] =
            instance_.whole({tensor, false, declared.ranks}, std::numeric_limits<double>::quiet_NaN());
    }
  }

  const workloads::Instance& instance_;
  std::vector<Tensors>& heads_;
  DramMap map_;
  std::vector<std::string> stored_;
};

class Runner {
 public:
  Runner(Machine& machine, const mapping::Program& program, std::int64_t max_cycles)
      : machine_(machine),
        program_(program),
        limit_(max_cycles > 0 ? max_cycles : std::numeric_limits<std::int64_t>::max()) {
    run_.timing.units.resize(program.units.size());
    run_.timing.spans.resize(program.blocks.size());
    for (const mapping::Block& block : program.blocks) run_.timing.blocks.emplace_back(block.instructions.size());
  }

  void run_block(std::size_t position, const Microcode& code) {
    const mapping::Block& block = program_.blocks[position];
    const std::int64_t begin = run_.timing.cycles;
    std::vector<sim::InstructionTiming> timings(block.instructions.size());
    const bool ended = machine_.run(code, limit_ - begin, [&](const Executed& executed) {
      const Tokens& tokens = executed.unit == 0   ? code.dma[executed.number].tokens
                             : executed.unit == 1 ? code.array_2d[executed.number].tokens
                                                  : code.array_1d[executed.number].tokens;
      const std::int64_t start = begin + executed.start;
      const std::int64_t end = begin + executed.end;
      run_.events.push_back({position, tokens.instruction, start, end});
      sim::InstructionTiming& timing = timings[static_cast<std::size_t>(tokens.instruction)];
      if (timing.count++ == 0) timing.first_start = start;
      timing.last_start = start;
      timing.busy_cycles += end - start;
      run_.timing.cycles = std::max(run_.timing.cycles, end);
      ++run_.timing.executed_instructions;
    });
    if (!ended) {
      throw common::SimulationError(fmt::format("{}: the core stopped at cycle {}, in a deadlock or at the cycle limit",
                                                block.name, run_.timing.cycles));
    }
    for (std::size_t i = 0; i < timings.size(); ++i)
      run_.timing.units[static_cast<std::size_t>(block.instructions[i].unit)].busy_cycles += timings[i].busy_cycles;
    if (run_.timing.spans[position].begin < 0 && run_.timing.cycles > begin)
      run_.timing.spans[position] = {begin, run_.timing.cycles};
    sim::add_run(timings, run_.timing.blocks[position]);
  }

  Run take() { return std::move(run_); }

 private:
  Machine& machine_;
  const mapping::Program& program_;
  std::int64_t limit_;
  Run run_;
};

}  // namespace

void check_architecture(const arch::Architecture& architecture) {
  const auto& array = architecture.array_2d;
  const std::int64_t size = array.rows;
  const bool fits = (size == 4 || size == 8 || size == 16) && array.columns == size &&
                    architecture.array_1d.lanes == size && architecture.column_reduction_cycles() == size &&
                    architecture.column_broadcast_cycles() == size && architecture.dram.latency_cycles == 20 &&
                    architecture.dram_cycles(100 * size) == 100 && architecture.word_bits == 16;
  if (!fits) {
    throw common::InputError(
        {architecture.name, 0, ""},
        "the rtl engine has the cores of tiny-4x4, tiny-8x8 and tiny-16x16, with their links, "
        "their DRAM's rate and latency, and words of 16 bits; take one of these or --engine systemc");
  }
}

Run run_rtl(Machine& machine, const sim::functional::Execution& execution, const std::string& mapping_name,
            const std::vector<Tensors>& heads, std::int64_t max_cycles) {
  const workloads::Cascade& cascade = execution.instance.cascade();
  std::vector<Tensors> memory = heads;
  for (Tensors& tensors : memory) tensors[cascade.output.tensor] = execution.instance.whole(cascade.output, 0);
  Runner runner(machine, execution.program, max_cycles);
  for (const std::size_t position : mapping::block_sequence(execution.program)) {
    const mapping::Dataflow& dataflow = execution.dataflow[position];
    const workloads::Instance& instance = execution.shared.at(dataflow.heads_sharing);
    std::vector<Tensors> joint = sim::functional::joined(memory, cascade, dataflow.heads_sharing);
    Dram dram(dataflow, instance, joint);
    dram.fill(machine);
    runner.run_block(position, encode({execution.program.blocks[position], dataflow, instance, dram.map(), mapping_name,
                                       machine.rows()}));
    dram.take_back(machine);
    std::vector<Tensors> apart = sim::functional::taken_apart(std::move(joint), cascade, dataflow.heads_sharing);
    for (std::size_t head = 0; head < memory.size(); ++head) {
      for (auto& [name, tensor] : apart[head]) {
        if (!cascade.is_input(name)) memory[head][name] = std::move(tensor);
      }
    }
  }
  for (Tensors& tensors : memory) {
    for (const TensorRef& input : cascade.inputs) tensors.erase(input.tensor);
  }
  Run run = runner.take();
  run.memory = std::move(memory);
  return run;
}

}  // namespace attnsim::rtl
