// --check, --seed, --data and --save-output: a run on data besides the timing.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "sim/result.h"
#include "sim/run.h"

namespace attnsim::sim {

struct DataOptions {
  bool check = false;
  std::string seed;
  std::string data;
  std::string save_output;

  void add_to(CLI::App& verb);
  // Masks are made from the same data as --check runs on.
  void add_to(Inputs& inputs) const;
  // Checks the Program where --check asks for it, and puts what it found into the result. UsageError for the other
  // options without --check (masks need --seed and --data too), for both of them, or for --check with a density.
  void apply(const Prepared& prepared, Result& result) const;
  // Runs on the rtl engine, which always runs on data; the same errors. A file for the waves, or an empty name.
  Result run_rtl(const Prepared& prepared, const EngineOptions& engine, const std::string& vcd) const;

 private:
  void refuse_what_has_no_data(const Prepared& prepared, const std::string& option) const;
  std::uint64_t drawn_seed() const;
};

}  // namespace attnsim::sim
