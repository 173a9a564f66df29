// summary.csv: the main figures of results, one line each, for spreadsheets.
#pragma once

#include <string>
#include <vector>

#include "sim/result.h"

namespace attnsim::sim {

// A header line and one line a result (as to_json gives it). What a result lacks is left empty; texts with commas,
// quotes or line breaks are quoted as RFC 4180 says.
std::string to_csv(const std::vector<Json>& results);

}  // namespace attnsim::sim
