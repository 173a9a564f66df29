// Entry point of `validate`: holds the simulator against evidence and prints what deviates how much.
#include <CLI/CLI.hpp>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "validation/validations.h"

namespace {

using attnsim::common::ExitCode;
using attnsim::validation::Table;

using Validation = std::function<Table(bool quick)>;

const std::vector<std::pair<std::string, Validation>>& validations() {
  namespace validation = attnsim::validation;
  static const std::vector<std::pair<std::string, Validation>> list = {
      {"fusemax", [](bool) { return validation::validate_fusemax(); }},
      {"fusemax-energy", [](bool) { return validation::validate_fusemax_energy(); }},
      {"fusemax-layer", [](bool) { return validation::validate_fusemax_layer(); }},
      {"fusemax-sizes", [](bool) { return validation::validate_fusemax_sizes(); }},
      {"engines", [](bool quick) { return validation::validate_engines(quick); }},
      {"rtl", [](bool) { return validation::validate_rtl(); }},
      {"lamina", [](bool) { return validation::validate_lamina(); }},
  };
  return list;
}

Table validate(const std::string& name, bool quick) {
  Table all{"all", {}, {}};
  std::vector<std::string> names;
  for (const auto& [known, validation] : validations()) {
    if (name == known) return validation(quick);
    if (name == "all") all.append(validation(quick));
    names.push_back(known);
  }
  names.emplace_back("all");
  if (name != "all") throw attnsim::common::UsageError(attnsim::common::unknown_name("validation", name, names));
  return all;
}

int run(int argc, char** argv) {
  CLI::App app("Holds attnsim against published results and its engines against each other", "validate");
  std::string name;
  bool json = false;
  bool quick = false;
  app.add_option("name", name, "fusemax, fusemax-energy, fusemax-layer, fusemax-sizes, engines, rtl, lamina or all")
      ->required()
      ->type_name("NAME");
  app.add_flag("--json", json, "Print the table as JSON");
  app.add_flag("--quick", quick, "engines: at 1K tokens only");
  app.footer("Exit codes: 0 all rows hold, 5 some do not.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return static_cast<int>(ExitCode::kDone);
  } catch (const CLI::ParseError& error) {
    throw attnsim::common::UsageError(error.what());
  }
  const Table table = validate(name, quick);
  if (json) {
    std::cout << to_json(table).dump(2) << '\n';
  } else {
    std::cout << to_text(table);
  }
  return static_cast<int>(table.passed() ? ExitCode::kDone : ExitCode::kCheckFailed);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const attnsim::common::UsageError& error) {
    std::cerr << "validate: " << error.what() << "; see validate --help\n";
    return static_cast<int>(error.code());
  } catch (const attnsim::common::Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::cerr << "validate: defect: " << error.what() << "; please report it with the command line\n";
    return static_cast<int>(ExitCode::kDefect);
  }
}
