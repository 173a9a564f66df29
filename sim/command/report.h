// What --out leaves in its folder: result.json, summary.csv and report.html.
#pragma once

#include <filesystem>
#include <string>

#include "sim/command/command.h"
#include "sim/result.h"
#include "sim/run.h"

namespace attnsim::sim {

// `json` of a result with the key `inputs`: the documents `arch`, `workload`, `attention` and `mapping` as YAML text,
// after base and overrides, so that a stored result says all that made it.
Json with_inputs(Json json, const Inputs& inputs, const Prepared& prepared);

// Writes result.json (one result, or an array of them), summary.csv, and report.html, which reports/report.py makes
// from result.json. Where it cannot, a warning on streams.err says in one line what to install, and the rest stays.
// Returns the file that a user opens first.
std::filesystem::path write_results(const std::filesystem::path& folder, const Json& json, const Streams& streams);

// Writes result.json of a search and front.png, which reports/search_figure.py draws from it; the rest as above.
std::filesystem::path write_search(const std::filesystem::path& folder, const Json& json, const Streams& streams);

}  // namespace attnsim::sim
