// A Trace as Chrome's trace JSON, which Perfetto and chrome://tracing open: one track a unit, tokens as flows.
#pragma once

#include <string>

#include "mapping/program.h"
#include "sim/trace.h"

namespace attnsim::sim {

// One microsecond of the file stands for one cycle. One event a line; the same trace gives the same bytes.
std::string chrome_trace(const mapping::Program& program, const Trace& trace);

}  // namespace attnsim::sim
