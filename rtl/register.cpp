// Gives the rtl engine to the simulate command; an object that is linked in, not looked for.
#include "rtl/rtl_engine.h"
#include "sim/functional/data_engine.h"

namespace attnsim::rtl {
namespace {

using sim::functional::DataRun;

const bool is_registered = [] {
  sim::functional::rtl_engine() = [](const sim::Prepared& prepared, const sim::functional::Execution& execution,
                                     const std::vector<workloads::Tensors>& heads,
                                     const sim::functional::DataRunOptions& options) {
    check_architecture(prepared.architecture);
    const auto machine = make_machine(prepared.architecture.array_2d.rows, options.vcd);
    Run run = run_rtl(*machine, execution, prepared.mapping.name, heads, options.max_cycles);
    return DataRun{std::move(run.timing), std::move(run.memory)};
  };
  return true;
}();

}  // namespace
}  // namespace attnsim::rtl
