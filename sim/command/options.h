// The options that several verbs share, and what becomes of them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/run.h"

namespace attnsim::sim {

// Options as given; texts, so that their errors can be ours.
struct InputOptions {
  std::vector<std::string> archs = {"fusemax-cloud"};
  std::vector<std::string> workloads = {""};
  std::vector<std::string> mappings = {""};
  std::string scope = "attention";
  std::string linear_mapping = Inputs{}.linear_mapping;
  std::string attention;
  std::string seq_len;
  std::string kv_len;
  std::string batch;
  std::string phase;
  std::string lengths;
  std::string density;
  std::vector<std::string> settings;

  // --arch, --workload and --mapping take one name, or lists with commas.
  void add_to(CLI::App& verb, bool lists);
  // The only combination; UsageError for a list where one name is wanted.
  Inputs inputs() const;
  // Every combination of the three lists: workloads outermost, mappings innermost.
  std::vector<Inputs> combinations() const;
};

// --engine and --max-cycles.
struct EngineChoice {
  std::string engine = "fast";
  std::string max_cycles;

  void add_to(CLI::App& verb);
  Engine chosen() const;
  EngineOptions options(bool progress) const;
};

// "0.1" of `option` as a number from 0 to 1; UsageError otherwise.
double part_of_one(const std::string& option, const std::string& text);

// "64K" of `option` as a number of at least 1; UsageError otherwise.
std::int64_t positive_integer(const std::string& option, const std::string& text);

}  // namespace attnsim::sim
