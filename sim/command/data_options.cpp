// Options of a run on data.
#include "sim/command/data_options.h"

#include <charconv>
#include <chrono>

#include "common/error.h"
#include "sim/functional/check.h"
#include "sim/functional/data_engine.h"
#include "sim/functional/series_check.h"

namespace attnsim::sim {

namespace {

std::uint64_t seed_of(const std::string& text) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw common::UsageError("--seed: must be a whole number from 0 on (got '" + text + "')");
  }
  return seed;
}

}  // namespace

void DataOptions::add_to(CLI::App& verb) {
  verb.add_flag("--check", check,
                "Run the Program on data and compare its output with the cascade in double precision");
  verb.add_option("--seed", seed, "Seed of the inputs that --check draws, standard normal (default 0)")->type_name("N");
  verb.add_option("--data", data, "Inputs of --check: arrays named as the cascade's tensors, [batch, heads, ...]")
      ->type_name("FILE.npz");
  verb.add_option("--save-output", save_output, "Where --check leaves its inputs and the output")
      ->type_name("FILE.npz");
}

void DataOptions::add_to(Inputs& inputs) const {
  if (!seed.empty()) inputs.masks.seed = seed_of(seed);
  inputs.masks.data = data;
}

void DataOptions::apply(const Prepared& prepared, Result& result) const {
  if (!check) {
    for (const auto& [name, value] : {std::pair("--seed", seed), {"--data", data}, {"--save-output", save_output}}) {
      const bool is_output = name == std::string("--save-output");
      if (!value.empty() && (is_output || !prepared.masks_made_of))
        throw common::UsageError(std::string(name) + ": needs --check, which runs on data");
    }
    return;
  }
  refuse_what_has_no_data(prepared, "--check");
  const functional::Checked checked = prepared.steps.empty()
                                          ? functional::check(prepared, {.seed = drawn_seed(), .data = data})
                                          : functional::check_series(prepared);
  result.functional = checked.check;
  result.functional_steps = checked.steps;
  if (!save_output.empty()) functional::write_npz(save_output, checked.tensors);
}

void DataOptions::refuse_what_has_no_data(const Prepared& prepared, const std::string& option) const {
  if (prepared.scope != Scope::kAttention)
    throw common::UsageError(option + ": runs attention alone; leave --scope out");
  if (!prepared.workload.lengths.empty())
    throw common::UsageError(option + ": runs sequences of one length; give --seq-len instead of --lengths");
  if (prepared.masks_made_of && prepared.masks_made_of->density)
    throw common::UsageError(option + ": makes masks from data; leave --density out");
}

std::uint64_t DataOptions::drawn_seed() const {
  if (seed.empty()) return 0;
  if (!data.empty()) throw common::UsageError("--seed: draws inputs, which --data gives; leave one of them out");
  return seed_of(seed);
}

Result DataOptions::run_rtl(const Prepared& prepared, const EngineOptions& engine, const std::string& vcd) const {
  refuse_what_has_no_data(prepared, "--engine rtl");
  if (!prepared.steps.empty()) throw common::UsageError("--engine rtl: runs one attention, not a series of them");
  const auto begin = std::chrono::steady_clock::now();
  const functional::CheckedRun made = functional::run_rtl(prepared, drawn_seed(), data, {engine.max_cycles, vcd});
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  Result result = result_of(prepared, made.timing, "rtl", wall.count());
  if (check) result.functional = made.check;
  if (!save_output.empty()) functional::write_npz(save_output, made.tensors);
  return result;
}

}  // namespace attnsim::sim
