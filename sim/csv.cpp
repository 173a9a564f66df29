// Columns are paths into the Result's JSON, so that both hold the same digits.
#include "sim/csv.h"

#include <array>

namespace attnsim::sim {

namespace {

struct Column {
  const char* name;
  const char* pointer;
};

constexpr std::array kColumns = {Column{"workload", "/workload/name"},
                                 Column{"phase", "/workload/phase"},
                                 Column{"batch", "/workload/batch"},
                                 Column{"seq_len", "/workload/seq_len"},
                                 Column{"kv_len", "/workload/kv_len"},
                                 Column{"attention", "/attention/name"},
                                 Column{"arch", "/arch/name"},
                                 Column{"mapping", "/mapping/name"},
                                 Column{"scope", "/scope"},
                                 Column{"engine", "/engine"},
                                 Column{"cycles", "/cycles"},
                                 Column{"seconds", "/seconds"},
                                 Column{"frequency_hz", "/frequency_hz"},
                                 Column{"lower_bound_cycles", "/bound/lower_bound_cycles"},
                                 Column{"limiter", "/bound/limiter"},
                                 Column{"gap", "/bound/gap"},
                                 Column{"utilization_array_2d", "/utilization/array_2d"},
                                 Column{"utilization_array_2d_macc", "/utilization/array_2d_macc"},
                                 Column{"utilization_array_1d", "/utilization/array_1d"},
                                 Column{"utilization_dram", "/utilization/dram"},
                                 Column{"dram_read_bytes", "/dram_bytes/read"},
                                 Column{"dram_write_bytes", "/dram_bytes/write"},
                                 Column{"buffer_read_bytes", "/buffer_bytes/read"},
                                 Column{"buffer_write_bytes", "/buffer_bytes/write"},
                                 Column{"energy_pj", "/energy_pj/total"},
                                 Column{"area_um2", "/area_um2/total"}};

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char character : text) {
    if (character == '"') cell += '"';
    cell += character;
  }
  return cell + '"';
}

std::string cell_of(const Json& result, const Column& column) {
  const Json::json_pointer pointer(column.pointer);
  if (!result.contains(pointer)) return {};
  const Json& value = result.at(pointer);
  if (value.is_null()) return {};
  return value.is_string() ? quoted(value.get<std::string>()) : value.dump();
}

}  // namespace

std::string to_csv(const std::vector<Json>& results) {
  std::string text;
  for (const auto& column : kColumns) text += (text.empty() ? "" : ",") + std::string(column.name);
  text += '\n';
  for (const auto& result : results) {
    std::string line;
    for (const auto& column : kColumns) line += (&column == &kColumns.front() ? "" : ",") + cell_of(result, column);
    text += line + '\n';
  }
  return text;
}

}  // namespace attnsim::sim
