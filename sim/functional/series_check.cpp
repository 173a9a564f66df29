// Checks step by step and carries tensors along.
#include "sim/functional/series_check.h"

namespace attnsim::sim::functional {

Checked check_series(const Prepared& prepared) {
  Checked checked;
  Arrays carried;
  double closest = -1;
  for (const PreparedStep& step : prepared.steps) {
    DataSource source{step.inputs.seed, step.inputs.data, step.inputs.prefix, {}};
    for (const std::string& name : step.step.takes) source.given[name] = carried.at(name);
    Checked own = check(step.prepared, source);
    for (const std::string& name : step.step.gives) carried[name] = own.tensors.at(name);
    for (auto& [name, array] : own.tensors) checked.tensors[step.inputs.prefix + name] = std::move(array);
    const double share = own.check.max_rel_error / own.check.tolerance;
    std::vector<StepCheck> steps = std::move(checked.check.steps);
    const bool passed = (steps.empty() || checked.check.passed) && own.check.passed;
    if (share > closest) {
      closest = share;
      checked.check = own.check;
    }
    steps.push_back({step.step.name, std::move(own.check)});
    checked.check.steps = std::move(steps);
    checked.check.passed = passed;
  }
  return checked;
}

}  // namespace attnsim::sim::functional
