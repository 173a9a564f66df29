// simulate analyze: what follows from a cascade alone, and what a workload and an architecture make of it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <ostream>

#include "common/error.h"
#include "sim/analysis.h"
#include "sim/command/options.h"
#include "sim/command/verbs.h"
#include "workloads/series.h"

namespace attnsim::sim {

namespace {

// Both phases unless one is asked for. Decode has one query, which the length of the prefill attends to.
std::vector<workloads::Workload> workloads_of(const Inputs& inputs) {
  std::vector<workloads::Workload> list;
  for (const char* phase : {"prefill", "decode"}) {
    if (!inputs.options.phase.empty() && inputs.options.phase != phase) continue;
    workloads::WorkloadOptions options = inputs.options;
    options.phase = phase;
    list.push_back(workloads::read_workload(inputs.workload, options, inputs.workload_overrides));
  }
  return list;
}

}  // namespace

Verb add_analyze(CLI::App& verb) {
  struct Options {
    InputOptions inputs;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  options->inputs.archs.front().clear();
  options->inputs.add_to(verb, false);
  verb.get_option("--workload")->required(false);
  verb.remove_option(verb.get_option("--mapping"));
  verb.add_flag("--json", options->json, "Print the analysis as JSON");
  return [options](const Streams& streams) {
    const Inputs inputs = options->inputs.inputs();
    std::vector<workloads::Workload> workloads;
    if (!inputs.workload.empty()) {
      workloads = workloads_of(inputs);
    } else if (inputs.attention.empty()) {
      throw common::UsageError("--attention or --workload is required");
    } else if (inputs.options.seq_len != 0 || inputs.options.kv_len != 0 || inputs.options.batch != 0 ||
               !inputs.options.phase.empty() || !inputs.workload_overrides.empty()) {
      throw common::UsageError("lengths, --batch, --phase and --set workload. need --workload");
    }
    if (!inputs.mapping_overrides.empty()) throw common::UsageError("--set mapping.: nothing is mapped here");
    std::optional<arch::Architecture> architecture;
    if (!inputs.arch.empty()) architecture = arch::read_architecture(inputs.arch, inputs.arch_overrides);
    if (!architecture && !inputs.arch_overrides.empty()) throw common::UsageError("--set arch. needs --arch");
    if (workloads::is_series(inputs.attention)) {
      std::vector<std::string> attentions;
      for (const auto& step : workloads::read_series(inputs.attention).steps) attentions.push_back(step.attention);
      throw common::UsageError(fmt::format("--attention {}: a series of attentions; analyze one of them: {}",
                                           inputs.attention, fmt::join(attentions, ", ")));
    }
    const auto cascade = workloads::read_cascade(
        inputs.attention.empty() ? workloads.front().attention : inputs.attention, inputs.attention_overrides);
    const Analysis analysis = analyse(cascade, architecture, workloads);
    if (options->json) {
      streams.out << to_json(analysis).dump(2) << '\n';
    } else {
      streams.out << to_text(analysis, streams.colour);
    }
    return 0;
  };
}

}  // namespace attnsim::sim
