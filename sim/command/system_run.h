// simulate run --system: a decode step of a system in place of one accelerator's attention.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "sim/command/command.h"
#include "sim/command/options.h"

namespace attnsim::sim {

struct SystemRunOptions {
  std::string system;
  std::string engine;
  std::string out;
  bool json = false;
};

// `verb`: to see which options were given. UsageError for one that a system's step does not have.
int run_on_system(const CLI::App& verb, const InputOptions& inputs, const SystemRunOptions& options,
                  const Streams& streams);

}  // namespace attnsim::sim
