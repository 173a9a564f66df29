// What a system's step and a served trace are shown as: JSON and text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sim/system/prepare.h"
#include "sim/system/serving.h"
#include "sim/system/step.h"

namespace attnsim::sim::system {

using Json = nlohmann::ordered_json;

Json to_json(const PreparedSystem& prepared, const Step& step, const std::string& engine);
std::string summarize(const PreparedSystem& prepared, const Step& step, const std::string& engine, bool colour);

Json to_json(const PreparedSystem& prepared, const KvPages& pages, const Serving& serving);
std::string summarize(const PreparedSystem& prepared, const KvPages& pages, const Serving& serving, bool colour);

}  // namespace attnsim::sim::system
