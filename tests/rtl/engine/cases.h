// One case: what is lowered, on data, on the core; held against the systemc engine and the functional model.
#pragma once

#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/yaml.h"
#include "mapping/lower.h"
#include "rtl/rtl_engine.h"
#include "sim/functional/data.h"
#include "sim/functional/execution.h"
#include "sim/replay.h"
#include "sim/run.h"

namespace attnsim::rtl {

struct Case {
  std::string mapping;
  std::string attention;  // or linear
  workloads::Workload workload;
  std::vector<common::Override> mapping_overrides = {};
  std::vector<common::Override> attention_overrides = {};
};

// What differed; empty strings where nothing did.
struct Outcome {
  std::string times;
  std::string words;
  std::int64_t cycles = 0;
  std::int64_t instructions = 0;
};

inline workloads::Workload attention_of(std::int64_t queries, std::int64_t keys, std::int64_t width,
                                        std::int64_t value_width, std::int64_t heads = 1, std::int64_t kv_heads = 1) {
  workloads::Workload workload;
  workload.name = "test";
  workload.heads = heads;
  workload.kv_heads = kv_heads;
  workload.head_dim = width;
  workload.value_dim = value_width;
  workload.seq_len = queries;
  workload.kv_len = keys;
  return workload;
}

inline workloads::Workload gemm(std::int64_t tokens, std::int64_t in_features, std::int64_t out_features) {
  workloads::Workload workload = attention_of(1, 1, 1, 1);
  workload.tokens = tokens;
  workload.in_features = in_features;
  workload.out_features = out_features;
  return workload;
}

inline std::string array_of(std::int64_t size) { return "tiny-" + std::to_string(size) + "x" + std::to_string(size); }

// Start and end of every instruction, in the order of each instruction's executions.
using Spans = std::map<std::pair<std::size_t, int>, std::vector<std::pair<std::int64_t, std::int64_t>>>;

inline Spans spans_of(const mapping::Program& program) {
  Spans spans;
  std::int64_t begin = 0;
  for (const std::size_t position : mapping::block_sequence(program)) {
    sim::Replay replay(program, program.blocks[position], begin, std::int64_t{1} << 40);
    while (const sim::Issue* issue = replay.next()) {
      spans[{position, issue->instruction}].emplace_back(issue->start, issue->end);
      begin = std::max(begin, issue->end);
    }
  }
  return spans;
}

inline Outcome run_case(Machine& machine, const Case& one) {
  const auto architecture = arch::read_architecture(array_of(machine.rows()), {});
  check_architecture(architecture);
  const auto cascade = workloads::read_cascade(one.attention, one.attention_overrides);
  const auto mapping = mapping::read_mapping(one.mapping, cascade, one.workload, architecture, one.mapping_overrides);
  std::vector<mapping::Dataflow> dataflow;
  const mapping::Program program = mapping::lower(cascade, one.workload, architecture, mapping, &dataflow);
  std::map<std::string, std::int64_t> sizes;
  for (const auto& [rank, parts] : cascade.split) sizes[parts.back()] = dataflow.front().dims.at(rank).tile;
  const workloads::Instance instance(cascade, one.workload, sizes);
  std::map<std::int64_t, workloads::Instance> shared;
  for (const auto& block : dataflow)
    shared.try_emplace(block.heads_sharing, cascade, one.workload, sizes, block.heads_sharing);
  const sim::functional::Layout layout(cascade, one.workload);
  const auto arrays = layout.inputs({.seed = 7});
  std::vector<workloads::Tensors> heads;
  for (std::int64_t batch = 0; batch < layout.batch(); ++batch) {
    for (std::int64_t head = 0; head < layout.heads(); ++head) {
      heads.push_back(layout.head(arrays, batch, head));
      for (auto& [name, tensor] : heads.back()) tensor = instance.split(tensor);
    }
  }
  const sim::functional::Execution execution{program, dataflow, instance, shared};
  const Run run = run_rtl(machine, execution, one.mapping, heads);

  Outcome outcome;
  outcome.cycles = run.timing.cycles;
  outcome.instructions = run.timing.executed_instructions;
  // The replay has every instruction's start and end; the systemc engine each instruction's first and last start.
  Spans spans;
  for (const Event& event : run.events) spans[{event.block, event.instruction}].emplace_back(event.start, event.end);
  for (const auto& [key, expected] : spans_of(program)) {
    if (spans[key] != expected)
      outcome.times += program.blocks[key.first].instructions[static_cast<std::size_t>(key.second)].name + " ";
  }
  const sim::Timing systemc = sim::run_systemc(program);
  if (systemc.cycles != run.timing.cycles || systemc.blocks != run.timing.blocks) outcome.times += "systemc";
  const std::vector<workloads::Tensors> expected = sim::functional::execute(execution, heads);
  for (std::size_t head = 0; head < expected.size(); ++head) {
    const auto& ours = run.memory[head].at(cascade.output.tensor).values();
    const auto& theirs = expected[head].at(cascade.output.tensor).values();
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      const bool same = ours[i] == theirs[i] ? std::signbit(ours[i]) == std::signbit(theirs[i])
                                             : std::isnan(ours[i]) && std::isnan(theirs[i]);
      if (!same && outcome.words.empty())
        outcome.words = "head " + std::to_string(head) + " word " + std::to_string(i) + ": " + std::to_string(ours[i]) +
                        " for " + std::to_string(theirs[i]);
    }
  }
  return outcome;
}

}  // namespace attnsim::rtl
