// Option names and help texts; numbers are read here because they take units.
#include "sim/command/options.h"

#include <charconv>

#include "common/error.h"
#include "common/units.h"

namespace attnsim::sim {

void InputOptions::add_to(CLI::App& verb, bool lists) {
  const auto names = [&](const std::string& flag, std::vector<std::string>& target, const std::string& help) {
    if (!lists) return verb.add_option(flag, target.front(), help)->type_name("NAME");
    return verb.add_option(flag, target, help + "; a list with commas")
        ->allow_extra_args(false)
        ->delimiter(',')
        ->type_name("NAME");
  };
  names("--arch", archs, "Architecture: a preset or a YAML file")->capture_default_str();
  names("--workload", workloads, "Workload: a model's name, a YAML file or a config.json")->required();
  names("--mapping", mappings,
        "Mapping: a preset, a YAML file, or auto; default: fusemax, or auto where the cascade has other Einsums");
  verb.add_option("--attention", attention,
                  "Cascade: a variant or a YAML file; default: the mapping's, else the model's")
      ->type_name("NAME");
  verb.add_option("--scope", scope, "attention, layer (with its matrix products) or model (all layers, output head)")
      ->type_name("SCOPE")
      ->capture_default_str();
  verb.add_option("--linear-mapping", linear_mapping, "Mapping of the matrix products: a preset, a YAML file, or auto")
      ->type_name("NAME")
      ->capture_default_str();
  verb.add_option("--seq-len", seq_len, "Tokens in the sequence, e.g. 64K")->type_name("N");
  verb.add_option("--kv-len", kv_len, "Keys and values, where they differ from --seq-len")->type_name("N");
  verb.add_option("--batch", batch, "Sequences in the batch")->type_name("N");
  verb.add_option("--lengths", lengths, "A sequence a line: its length, or its queries and its keys")
      ->type_name("FILE");
  verb.add_option("--phase", phase, "prefill or decode")->type_name("PHASE");
  verb.add_option("--density", density,
                  "Of masks that look up tensors: the part that is selected, from 0 to 1; default: from drawn data")
      ->type_name("PART");
  verb.add_option("--set", settings,
                  "Change one key of an input: arch.KEY=VALUE, workload., mapping., attention., linear_mapping.")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

std::vector<Inputs> InputOptions::combinations() const {
  Inputs common_part;
  common_part.attention = attention;
  common_part.scope = scope_of(scope);
  common_part.linear_mapping = linear_mapping;
  if (!seq_len.empty()) common_part.options.seq_len = positive_integer("--seq-len", seq_len);
  if (!kv_len.empty()) common_part.options.kv_len = positive_integer("--kv-len", kv_len);
  if (!batch.empty()) common_part.options.batch = positive_integer("--batch", batch);
  if (!phase.empty() && phase != "prefill" && phase != "decode") {
    throw common::UsageError("--phase: " + common::unknown_name("phase", phase, {"prefill", "decode"}));
  }
  common_part.options.phase = phase;
  common_part.options.lengths = lengths;
  if (!density.empty()) common_part.masks.density = part_of_one("--density", density);
  for (const auto& setting : settings) add_override(common_part, setting);
  std::vector<Inputs> all;
  for (const auto& workload : workloads) {
    for (const auto& arch : archs) {
      for (const auto& mapping : mappings) {
        auto& inputs = all.emplace_back(common_part);
        inputs.workload = workload;
        inputs.arch = arch;
        inputs.mapping = mapping;
      }
    }
  }
  return all;
}

Inputs InputOptions::inputs() const {
  const auto all = combinations();
  if (all.size() != 1) throw common::UsageError("one --arch, --workload and --mapping each; compare takes several");
  return all.front();
}

void EngineChoice::add_to(CLI::App& verb) {
  verb.add_option("--engine", engine,
                  "fast (exact, jumps over repetition), systemc (every event), or for run: rtl (the Verilog core)")
      ->type_name("ENGINE")
      ->capture_default_str();
  verb.add_option("--max-cycles", max_cycles, "Give up beyond this many cycles")->type_name("N");
}

Engine EngineChoice::chosen() const { return engine_of(engine); }

EngineOptions EngineChoice::options(bool progress) const {
  EngineOptions options;
  if (!max_cycles.empty()) options.max_cycles = positive_integer("--max-cycles", max_cycles);
  options.progress = progress;
  return options;
}

double part_of_one(const std::string& option, const std::string& text) {
  double part = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
  if (error != std::errc() || end != text.data() + text.size() || !(part >= 0 && part <= 1)) {
    throw common::UsageError(option + ": must be a number from 0 to 1, such as 0.1 (got " + text + ")");
  }
  return part;
}

std::int64_t positive_integer(const std::string& option, const std::string& text) {
  const auto value = common::parse_integer(text);
  if (!value || *value < 1) {
    throw common::UsageError(option + ": must be a whole number of at least 1, such as 4096 or 64K (got " + text + ")");
  }
  return *value;
}

}  // namespace attnsim::sim
