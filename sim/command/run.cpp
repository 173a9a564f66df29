// simulate run: one run, to the terminal or as JSON, and to a folder.
#include <filesystem>
#include <memory>
#include <ostream>

#include "common/error.h"
#include "sim/command/data_options.h"
#include "sim/command/options.h"
#include "sim/command/output.h"
#include "sim/command/report.h"
#include "sim/command/system_run.h"
#include "sim/command/trace_options.h"
#include "sim/command/verbs.h"
#include "sim/functional/mask_data.h"
#include "sim/summary.h"

namespace attnsim::sim {

Verb add_run(CLI::App& verb) {
  struct Options {
    InputOptions inputs;
    EngineChoice engine;
    TraceOptions traces;
    DataOptions data;
    SystemRunOptions system;
    std::string out;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  options->inputs.add_to(verb, false);
  options->engine.add_to(verb);
  options->traces.add_to(verb);
  options->data.add_to(verb);
  verb.add_option("--system", options->system.system,
                  "System of devices that decodes in place of an architecture: a preset or a YAML file")
      ->type_name("NAME");
  verb.add_option("--out", options->out, "Folder for result.json, summary.csv, report.html")->type_name("DIR");
  verb.add_flag("--json", options->json, "Print the result as JSON");
  return [options, &verb](const Streams& streams) {
    if (!options->system.system.empty()) {
      const SystemRunOptions system{options->system.system, options->engine.engine, options->out, options->json};
      return run_on_system(verb, options->inputs, system, streams);
    }
    const bool is_rtl = options->engine.engine == "rtl";
    // Traces show timing alone, which is the same in every engine.
    const Engine engine = is_rtl ? Engine::kFast : options->engine.chosen();
    EngineOptions engine_options = options->engine.options(streams.progress);
    Inputs inputs = options->inputs.inputs();
    options->data.add_to(inputs);
    const auto prepared = functional::prepare_on_data(inputs);
    TraceOptions trace_options = options->traces;
    trace_options.by_rtl = is_rtl;
    const Traces traces(trace_options, prepared, engine, engine_options);
    // A folder that cannot be written is better found out before the simulation than after it.
    if (!options->out.empty()) make_folder(options->out);
    Result result = is_rtl ? options->data.run_rtl(prepared, engine_options, traces.waves())
                           : run(prepared, engine, engine_options);
    if (!is_rtl) options->data.apply(prepared, result);
    traces.write(result.cycles, streams);
    const Json json = with_inputs(to_json(result), inputs, prepared);
    std::string written;
    if (!options->out.empty()) written = write_results(options->out, json, streams).string();
    if (options->json) {
      streams.out << json.dump(2) << '\n';
    } else {
      streams.out << summarize(result, streams.colour, written);
    }
    const bool wrong = result.functional && !result.functional->passed;
    return static_cast<int>(wrong ? common::ExitCode::kCheckFailed : common::ExitCode::kDone);
  };
}

}  // namespace attnsim::sim
