// Results as text for a terminal.
#pragma once

#include <string>
#include <vector>

#include "sim/result.h"

namespace attnsim::sim {

// What a run is, its latency against the bound, each unit's use, the bottleneck. `written` names the file that holds
// the whole result, empty where there is none. Ends with a newline.
std::string summarize(const Result& result, bool colour, const std::string& written = {});

// One row a result, the first being what the others are held against.
std::string summarize_side_by_side(const std::vector<Result>& results, bool colour);

// "4 ms", "1.50 s": wall-clock times.
std::string format_wall(double seconds);

}  // namespace attnsim::sim
