// simulate describe: one input after inheritance and --set, as YAML, and the figures that follow from it as comments.
#include <fmt/format.h>

#include <memory>
#include <ostream>

#include "common/error.h"
#include "common/registry.h"
#include "common/units.h"
#include "common/yaml.h"
#include "mapping/derive.h"
#include "mapping/lower.h"
#include "sim/command/options.h"
#include "sim/command/verbs.h"
#include "sim/functional/mask_data.h"
#include "workloads/passes.h"
#include "workloads/series.h"

namespace attnsim::sim {

namespace {

// Derived facts follow the YAML as comments, so that the whole can be saved as a file and read again.
void comment(std::ostream& out, const std::string& text) { out << "# " << text << '\n'; }

void print_yaml(std::ostream& out, const std::string& yaml) {
  out << yaml << (yaml.empty() || yaml.back() == '\n' ? "" : "\n");
}

void describe_architecture(const std::string& name, const Inputs& inputs, std::ostream& out) {
  std::string yaml;
  const auto architecture = arch::read_architecture(name, inputs.arch_overrides, &yaml);
  print_yaml(out, yaml);
  const auto rate = architecture.dram_bytes_per_cycle();
  const auto pes = architecture.array_2d.rows * architecture.array_2d.columns;
  comment(out, fmt::format("DRAM: {}/{} bytes a cycle ({:.4g})", rate.numerator, rate.denominator,
                           static_cast<double>(rate.numerator) / static_cast<double>(rate.denominator)));
  comment(out, fmt::format("2D array: {} PEs, {:.4g} MACC/s where each does one a cycle", pes,
                           static_cast<double>(pes) * static_cast<double>(architecture.clock_hz)));
  comment(out, fmt::format("column reduction: {} cycles; column broadcast: {} cycles",
                           architecture.column_reduction_cycles(), architecture.column_broadcast_cycles()));
}

bool has_length(const Inputs& inputs) { return inputs.options.seq_len > 0 || inputs.options.kv_len > 0; }

void describe_workload(const std::string& name, const Inputs& inputs, std::ostream& out) {
  if (!has_length(inputs)) {
    const auto file = common::find_preset("workload", workloads::models(), name);
    print_yaml(out, common::Yaml::load(file, inputs.workload_overrides).dump());
    comment(out, "give --seq-len for what follows from a length");
    return;
  }
  std::string yaml;
  const auto workload = workloads::read_workload(name, inputs.options, inputs.workload_overrides, &yaml);
  print_yaml(out, yaml);
  for (const auto& quantity : workloads::Workload::quantities()) {
    comment(out, fmt::format("{}: {}", quantity, workload.extent(quantity)));
  }
  const double scores = static_cast<double>(workload.batch) * static_cast<double>(workload.heads) *
                        static_cast<double>(workload.seq_len) * static_cast<double>(workload.kv_len);
  comment(out, fmt::format("scores: {:.4g} (batch x heads x queries x keys)", scores));
}

void describe_attention(const std::string& name, const Inputs& inputs, std::ostream& out) {
  std::string yaml;
  if (workloads::is_series(name)) {
    workloads::read_series(name, inputs.attention_overrides, &yaml);
    print_yaml(out, yaml);
    return;
  }
  const auto cascade = workloads::read_cascade(name, inputs.attention_overrides, &yaml);
  print_yaml(out, yaml);
  for (const auto& [rank, quantity] : cascade.ranks) {
    const auto passes = workloads::analyse_passes(cascade, rank);
    if (passes.count == 0) continue;
    comment(out, fmt::format("passes over {} ({}): {}", rank, quantity, passes.count));
    for (const auto& [einsum, reason] : passes.reason) comment(out, fmt::format("  {} {}", einsum, reason));
  }
}

void describe_mapping(const std::string& name, Inputs inputs, std::ostream& out) {
  if (inputs.workload.empty() && name == mapping::kAutoMapping) {
    throw common::UsageError("describe mapping auto: it is derived for a workload; give --workload and --seq-len");
  }
  if (inputs.workload.empty()) {
    const auto file = common::find_preset("mapping", mapping::presets(), name);
    print_yaml(out, common::Yaml::load(file, inputs.mapping_overrides).dump());
    comment(out, "give --workload and --seq-len for what it resolves to");
    return;
  }
  inputs.mapping = name;
  const auto prepared = functional::prepare_on_data(inputs);
  print_yaml(out, prepared.mapping_yaml);
  std::string line;
  for (const char character : mapping::describe(prepared.program)) {
    if (character == '\n') {
      comment(out, line);
      line.clear();
    } else {
      line += character;
    }
  }
  if (!line.empty()) comment(out, line);
}

}  // namespace

Verb add_describe(CLI::App& verb) {
  struct Options {
    InputOptions inputs;
    std::string kind;
    std::string name;
  };
  auto options = std::make_shared<Options>();
  verb.add_option("kind", options->kind, "arch, workload, attention or mapping")->required()->type_name("KIND");
  verb.add_option("name", options->name, "A preset or a file")->required()->type_name("NAME");
  options->inputs.add_to(verb, false);
  verb.get_option("--workload")->required(false);
  return [options](const Streams& streams) {
    const Inputs inputs = options->inputs.inputs();
    if (options->kind == "arch") {
      describe_architecture(options->name, inputs, streams.out);
    } else if (options->kind == "workload") {
      describe_workload(options->name, inputs, streams.out);
    } else if (options->kind == "attention") {
      describe_attention(options->name, inputs, streams.out);
    } else if (options->kind == "mapping") {
      describe_mapping(options->name, inputs, streams.out);
    } else {
      throw common::UsageError(
          common::unknown_name("kind", options->kind, {"arch", "workload", "attention", "mapping"}));
    }
    return 0;
  };
}

}  // namespace attnsim::sim
