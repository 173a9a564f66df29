// Reads the options that a system's step has, runs it, prints or keeps it.
#include "sim/command/system_run.h"

#include <filesystem>
#include <ostream>

#include "common/error.h"
#include "sim/command/output.h"
#include "sim/system/prepare.h"
#include "sim/system/report.h"
#include "sim/system/step.h"

namespace attnsim::sim {

namespace {

void refuse_others(const CLI::App& verb) {
  for (const char* option :
       {"--arch", "--mapping", "--linear-mapping", "--attention", "--scope", "--seq-len", "--lengths", "--density",
        "--max-cycles", "--check", "--seed", "--data", "--save-output", "--trace", "--vcd"}) {
    if (verb.get_option_no_throw(option) != nullptr && verb.count(option) > 0) {
      throw common::UsageError(std::string(option) + ": a system's step (--system) has none");
    }
  }
}

}  // namespace

int run_on_system(const CLI::App& verb, const InputOptions& inputs, const SystemRunOptions& options,
                  const Streams& streams) {
  refuse_others(verb);
  const Engine engine = engine_of(options.engine);
  system::SystemInputs system_inputs;
  system_inputs.system = options.system;
  system_inputs.workload = inputs.workloads.front();
  if (inputs.phase != "decode") throw common::UsageError("--phase: a system decodes; give --phase decode");
  if (inputs.kv_len.empty()) throw common::UsageError("--kv-len: missing; give the tokens of a context");
  system_inputs.options.kv_len = positive_integer("--kv-len", inputs.kv_len);
  if (!inputs.batch.empty()) system_inputs.options.batch = positive_integer("--batch", inputs.batch);
  for (const auto& setting : inputs.settings) system::add_override(system_inputs, setting);
  const auto prepared = system::prepare_system(system_inputs);
  system::check_batch_fits(prepared);
  if (!options.out.empty()) make_folder(options.out);
  const system::StepBatch batch{prepared.workload.batch, prepared.workload.batch * prepared.workload.kv_len};
  const auto step = system::run_step(prepared.system, prepared.workload, prepared.durations, batch, engine);
  const auto json = system::to_json(prepared, step, engine_name(engine));
  if (!options.out.empty()) {
    write_file(std::filesystem::path(options.out) / "result.json", json.dump(2) + "\n");
  }
  streams.out << (options.json ? json.dump(2) + "\n"
                               : system::summarize(prepared, step, engine_name(engine), streams.colour));
  return static_cast<int>(common::ExitCode::kDone);
}

}  // namespace attnsim::sim
