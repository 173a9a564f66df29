// simulate run: one run, to the terminal or as JSON, and to a folder.
#include <filesystem>
#include <memory>
#include <ostream>

#include "sim/command/options.h"
#include "sim/command/output.h"
#include "sim/command/verbs.h"
#include "sim/summary.h"

namespace attnsim::sim {

Verb add_run(CLI::App& verb) {
  struct Options {
    InputOptions inputs;
    EngineChoice engine;
    std::string out;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  options->inputs.add_to(verb, false);
  options->engine.add_to(verb);
  verb.add_option("--out", options->out, "Folder for result.json; made where it is missing")->type_name("DIR");
  verb.add_flag("--json", options->json, "Print the result as JSON");
  return [options](const Streams& streams) {
    const Engine engine = options->engine.chosen();
    const EngineOptions engine_options = options->engine.options(streams.progress);
    const auto prepared = prepare(options->inputs.inputs());
    // A folder that cannot be written is better found out before the simulation than after it.
    if (!options->out.empty()) make_folder(options->out);
    const auto result = run(prepared, engine, engine_options);
    const Json json = to_json(result);
    std::string written;
    if (!options->out.empty()) {
      const auto file = std::filesystem::path(options->out) / "result.json";
      write_file(file, json.dump(2) + "\n");
      written = file.string();
    }
    if (options->json) {
      streams.out << json.dump(2) << '\n';
    } else {
      streams.out << summarize(result, streams.colour, written);
    }
    return 0;
  };
}

}  // namespace attnsim::sim
