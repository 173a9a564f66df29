// The verbs of `simulate`. Each adds its options to a subcommand; the function that it returns does the work and gives
// the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "sim/command/command.h"

namespace attnsim::sim {

using Verb = std::function<int(const Streams&)>;

Verb add_run(CLI::App& verb);
Verb add_compare(CLI::App& verb);
Verb add_check(CLI::App& verb);
Verb add_list(CLI::App& verb);
Verb add_describe(CLI::App& verb);
Verb add_batch(CLI::App& verb);
Verb add_energy(CLI::App& verb);
Verb add_analyze(CLI::App& verb);
Verb add_serve(CLI::App& verb);
Verb add_search(CLI::App& verb);

}  // namespace attnsim::sim
