// Holds the engines against each other and against the counts made from the Program alone.
#include "sim/check.h"

#include <fmt/format.h>

#include "common/units.h"
#include "sim/actions.h"
#include "sim/bound.h"

namespace attnsim::sim {

namespace {

std::string differ(const std::string& what, std::int64_t left, std::int64_t right) {
  return left == right ? "" : fmt::format("{}: {}, {}", what, left, right);
}

std::string differ(const std::string& what, const InstructionTiming& left, const InstructionTiming& right) {
  if (auto text = differ(what + " count", left.count, right.count); !text.empty()) return text;
  if (auto text = differ(what + " first start", left.first_start, right.first_start); !text.empty()) return text;
  if (auto text = differ(what + " last start", left.last_start, right.last_start); !text.empty()) return text;
  return differ(what + " busy cycles", left.busy_cycles, right.busy_cycles);
}

// Counts of the Program against what an engine executed.
std::string miscounted(const mapping::Program& program, const ProgramActions& actions, const Timing& timing) {
  for (std::size_t b = 0; b < program.blocks.size(); ++b) {
    for (std::size_t i = 0; i < program.blocks[b].instructions.size(); ++i) {
      const auto& name = program.blocks[b].instructions[i].name;
      const auto& counted = actions[b][i];
      const auto& timed = timing.blocks[b][i];
      if (auto text = differ(name + " count", counted.count, timed.count); !text.empty()) return text;
      if (auto text = differ(name + " busy cycles", counted.total.duration, timed.busy_cycles); !text.empty()) {
        return text;
      }
    }
  }
  return {};
}

}  // namespace

std::string first_difference(const mapping::Program& program, const Timing& left, const Timing& right) {
  if (auto text = differ("cycles", left.cycles, right.cycles); !text.empty()) return text;
  for (std::size_t u = 0; u < program.units.size(); ++u) {
    const auto& name = program.units[u].name;
    if (auto text = differ(name + " busy cycles", left.units[u].busy_cycles, right.units[u].busy_cycles);
        !text.empty()) {
      return text;
    }
    if (left.units[u].stall_cycles != right.units[u].stall_cycles) return name + " stall cycles";
  }
  for (std::size_t b = 0; b < program.blocks.size(); ++b) {
    const auto& block = program.blocks[b];
    for (std::size_t i = 0; i < block.instructions.size(); ++i) {
      auto text = differ(block.instructions[i].name, left.blocks[b][i], right.blocks[b][i]);
      if (!text.empty()) return text;
    }
    if (left.spans[b] != right.spans[b]) return block.name + " span";
  }
  return {};
}

std::vector<Check> check(const Prepared& prepared, std::int64_t systemc_limit, const EngineOptions& options) {
  const auto& program = prepared.program;
  std::vector<Check> checks;
  std::size_t instructions = 0;
  for (const auto& block : program.blocks) instructions += block.instructions.size();
  mapping::check_well_formed(program);
  checks.push_back(
      {"the inputs are valid and lower to a well-formed program", true, false,
       fmt::format("{} blocks, {} instructions, {} units", program.blocks.size(), instructions, program.units.size())});

  const Timing fast = run_fast(program, options);
  checks.push_back({"the fast engine ends without a deadlock", true, false, fmt::format("{} cycles", fast.cycles)});

  const auto actions = count_actions(program);
  const auto wrong_count = miscounted(program, actions, fast);
  checks.push_back({"it executes each instruction as often as the loops say", wrong_count.empty(), false, wrong_count});

  const auto bound = lower_bound(program, actions);
  checks.push_back({"its cycles are not below the lower bound", fast.cycles >= bound.lower_bound_cycles, false,
                    fmt::format("{} cycles, bound {}", fast.cycles, bound.lower_bound_cycles)});

  if (fast.cycles > systemc_limit) {
    checks.push_back({"the systemc engine agrees to the cycle", true, true,
                      fmt::format("left out: it is run up to {} cycles", common::format_cycles(systemc_limit))});
    return checks;
  }
  const auto difference = first_difference(program, fast, run_systemc(program, options));
  checks.push_back(
      {"the systemc engine agrees to the cycle", difference.empty(), false,
       difference.empty() ? fmt::format("{} cycles", fast.cycles) : "fast and systemc differ: " + difference});
  return checks;
}

}  // namespace attnsim::sim
