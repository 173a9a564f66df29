// simulate check: what holds for one set of inputs.
#include "sim/check.h"

#include <algorithm>
#include <memory>
#include <ostream>

#include "common/error.h"
#include "sim/command/options.h"
#include "sim/command/verbs.h"
#include "sim/functional/mask_data.h"

namespace attnsim::sim {

namespace {

// About a minute of the systemc engine.
constexpr std::int64_t kSystemcLimit = 50'000'000;

std::string mark(const Check& check) { return check.left_out ? "-" : check.holds ? "ok" : "FAILED"; }

}  // namespace

Verb add_check(CLI::App& verb) {
  struct Options {
    InputOptions inputs;
    EngineChoice engine;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  options->inputs.add_to(verb, false);
  verb.add_option("--max-cycles", options->engine.max_cycles, "Give up beyond this many cycles")->type_name("N");
  verb.add_flag("--json", options->json, "Print the checks as JSON");
  return [options](const Streams& streams) {
    const auto checks = check(functional::prepare_on_data(options->inputs.inputs()), kSystemcLimit,
                              options->engine.options(streams.progress));
    const bool passed = std::all_of(checks.begin(), checks.end(), [](const Check& one) { return one.holds; });
    if (options->json) {
      Json list = Json::array();
      for (const auto& one : checks) {
        list.push_back(
            {{"claim", one.claim}, {"holds", one.holds}, {"left_out", one.left_out}, {"detail", one.detail}});
      }
      streams.out << Json{{"passed", passed}, {"checks", list}}.dump(2) << '\n';
    } else {
      for (const auto& one : checks) {
        streams.out << "  " << mark(one) << "\t" << one.claim << (one.detail.empty() ? "" : ": ") << one.detail << '\n';
      }
    }
    return static_cast<int>(passed ? common::ExitCode::kDone : common::ExitCode::kCheckFailed);
  };
}

}  // namespace attnsim::sim
