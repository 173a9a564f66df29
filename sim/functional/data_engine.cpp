// The registered engine as the executor of a check.
#include "sim/functional/data_engine.h"

#include <bit>
#include <cmath>

#include "common/error.h"
#include "sim/functional/check.h"

namespace attnsim::sim::functional {

namespace {

bool is_same_word(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (std::isnan(a) && std::isnan(b));
}

}  // namespace

DataEngine& rtl_engine() {
  static DataEngine engine;
  return engine;
}

CheckedRun run_rtl(const Prepared& prepared, std::uint64_t seed, const std::string& data,
                   const DataRunOptions& options) {
  if (!rtl_engine()) {
    throw common::UsageError(
        "--engine rtl: this build has no Verilog core; install Debian's package verilator and build again");
  }
  CheckedRun run;
  const Executor executor = [&](const Execution& execution, const std::vector<workloads::Tensors>& heads) {
    DataRun made = rtl_engine()(prepared, execution, heads, options);
    run.timing = std::move(made.timing);
    const std::vector<workloads::Tensors> expected = execute(execution, heads);
    const std::string& output = prepared.cascade.output.tensor;
    for (std::size_t head = 0; head < expected.size(); ++head) {
      const std::vector<double>& words = made.memory[head].at(output).values();
      for (std::size_t i = 0; i < words.size(); ++i) {
        if (!is_same_word(words[i], expected[head].at(output).values()[i])) ++run.different_words;
      }
    }
    return made.memory;
  };
  Checked checked = check(prepared, {.seed = seed, .data = data}, executor);
  run.check = checked.check;
  run.check.passed = run.check.passed && run.different_words == 0;
  run.tensors = std::move(checked.tensors);
  return run;
}

}  // namespace attnsim::sim::functional
