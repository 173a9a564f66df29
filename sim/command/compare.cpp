// simulate compare: every combination of the lists, one row each.
#include <memory>
#include <ostream>

#include "sim/command/options.h"
#include "sim/command/verbs.h"
#include "sim/summary.h"

namespace attnsim::sim {

Verb add_compare(CLI::App& verb) {
  struct Options {
    InputOptions inputs;
    EngineChoice engine;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  options->inputs.add_to(verb, true);
  options->engine.add_to(verb);
  verb.add_flag("--json", options->json, "Print an array of results");
  return [options](const Streams& streams) {
    const Engine engine = options->engine.chosen();
    const EngineOptions engine_options = options->engine.options(streams.progress);
    std::vector<Result> results;
    for (const auto& inputs : options->inputs.combinations()) {
      results.push_back(run(prepare(inputs), engine, engine_options));
    }
    if (options->json) {
      Json array = Json::array();
      for (const auto& result : results) array.push_back(to_json(result));
      streams.out << array.dump(2) << '\n';
    } else {
      streams.out << summarize_side_by_side(results, streams.colour);
    }
    return 0;
  };
}

}  // namespace attnsim::sim
