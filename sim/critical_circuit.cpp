// The walk back along the constraints that bound each start.
#include "sim/critical_circuit.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace attnsim::sim {
namespace {

bool keeps_pace(const Execution& later, const Execution& earlier, const Pace& pace) {
  const std::int64_t common = std::gcd(pace.cycles, pace.epochs);
  if (common == 0) return false;
  const std::int64_t epochs = later.epoch - earlier.epoch;
  std::int64_t cycles = 0;
  return epochs % (pace.epochs / common) == 0 &&
         !__builtin_mul_overflow(epochs / (pace.epochs / common), pace.cycles / common, &cycles) &&
         cycles == later.start - earlier.start;
}

// The steps from one execution's start to the start that it bound: the instruction up to the token's departure, then
// the channel.
void add_steps(const mapping::Program& program, const mapping::Block& block, const Execution& from, const Execution& to,
               std::vector<CircuitStep>& steps) {
  const mapping::Instruction& instruction = block.instructions[static_cast<std::size_t>(from.instruction)];
  const std::string& unit = program.units[static_cast<std::size_t>(instruction.unit)].name;
  if (to.channel < 0) {
    steps.push_back({instruction.name, unit, to.start - from.start});
    return;
  }
  const mapping::Channel& channel = block.channels[static_cast<std::size_t>(to.channel)];
  steps.push_back({instruction.name, unit, to.start - channel.latency - from.start});
  if (channel.latency > 0) steps.push_back({channel.name, "", channel.latency});
}

}  // namespace

CriticalCircuit trace_circuit(const mapping::Program& program, const mapping::Block& block, const ExecutionLog& log,
                              std::int64_t last, const Pace& pace) {
  std::vector<std::int64_t> chain;                                          // from the last execution backwards
  std::vector<std::vector<std::size_t>> visits(block.instructions.size());  // positions in the chain
  std::optional<std::pair<std::size_t, std::size_t>> found;
  for (std::int64_t number = last; log.has(number); number = log[number].predecessor) {
    const Execution& here = log[number];
    std::vector<std::size_t>& before = visits[static_cast<std::size_t>(here.instruction)];
    const auto paced = std::find_if(before.begin(), before.end(),
                                    [&](std::size_t position) { return keeps_pace(log[chain[position]], here, pace); });
    const bool done = paced != before.end();
    if (done) found = {*paced, chain.size()};
    if (!done && !found && !before.empty()) found = {before.back(), chain.size()};
    before.push_back(chain.size());
    chain.push_back(number);
    if (done) break;
  }
  CriticalCircuit circuit;
  if (!found) return circuit;
  const Execution& later = log[chain[found->first]];
  const Execution& earlier = log[chain[found->second]];
  circuit.cycles = later.start - earlier.start;
  circuit.epochs = later.epoch - earlier.epoch;
  for (std::size_t i = found->second; i > found->first; --i)
    add_steps(program, block, log[chain[i]], log[chain[i - 1]], circuit.steps);
  return circuit;
}

}  // namespace attnsim::sim
