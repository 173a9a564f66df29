// simulate compare: every combination of the lists, one row each.
#include <memory>
#include <ostream>

#include "sim/command/options.h"
#include "sim/command/output.h"
#include "sim/command/report.h"
#include "sim/command/verbs.h"
#include "sim/functional/mask_data.h"
#include "sim/summary.h"

namespace attnsim::sim {

Verb add_compare(CLI::App& verb) {
  struct Options {
    InputOptions inputs;
    EngineChoice engine;
    std::string out;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  options->inputs.add_to(verb, true);
  options->engine.add_to(verb);
  verb.add_option("--out", options->out, "Folder for result.json, summary.csv, report.html")->type_name("DIR");
  verb.add_flag("--json", options->json, "Print an array of results");
  return [options](const Streams& streams) {
    const Engine engine = options->engine.chosen();
    const EngineOptions engine_options = options->engine.options(streams.progress);
    if (!options->out.empty()) make_folder(options->out);
    std::vector<Result> results;
    Json array = Json::array();
    for (const auto& inputs : options->inputs.combinations()) {
      const auto prepared = functional::prepare_on_data(inputs);
      results.push_back(run(prepared, engine, engine_options));
      array.push_back(with_inputs(to_json(results.back()), inputs, prepared));
    }
    std::string written;
    if (!options->out.empty()) written = write_results(options->out, array, streams).string();
    if (options->json) {
      streams.out << array.dump(2) << '\n';
    } else {
      streams.out << summarize_side_by_side(results, streams.colour);
      if (!written.empty()) streams.out << "wrote " << written << '\n';
    }
    return 0;
  };
}

}  // namespace attnsim::sim
