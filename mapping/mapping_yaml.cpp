// A mapping as text.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "mapping/mapping.h"

namespace attnsim::mapping {
namespace {

std::string list(const std::vector<std::string>& names) { return fmt::format("[{}]", fmt::join(names, ", ")); }

std::string text(const TileSize& size) {
  if (size.rule == TileSize::Rule::kAll) return "all";
  if (size.rule == TileSize::Rule::kNumber) return std::to_string(size.number);
  return size.number == 0 ? "fit_buffer" : fmt::format("{{at_most: {}}}", size.number);
}

std::string text(const Spatial& spatial) {
  std::vector<std::string> parts;
  if (!spatial.rows.empty()) parts.push_back("rows: " + spatial.rows);
  if (!spatial.columns.empty()) parts.push_back("columns: " + spatial.columns);
  if (!spatial.lanes.empty()) parts.push_back("lanes: " + list(spatial.lanes));
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

template <typename Map>
std::string map_text(const Map& map) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : map) parts.push_back(name + ": " + text(value));
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

std::string group_text(const Group& group) {
  std::string out = "  - fuse: " + list(group.einsums) + "\n";
  const auto add = [&](const char* key, const std::string& value) { out += fmt::format("    {}: {}\n", key, value); };
  if (!group.tile.empty()) add("tile", map_text(group.tile));
  add("loops", list(group.loops));
  add("spatial", text(group.spatial));
  if (!group.spatial_of.empty()) add("spatial_of", map_text(group.spatial_of));
  if (group.on_2d.empty()) {
    add("place", "{array_1d: others}");
  } else {
    add("place", fmt::format("{{array_2d: {}, array_1d: others}}", list(group.on_2d)));
  }
  if (!group.keep.empty()) add("keep", fmt::format("{{buffer: {}}}", list(group.keep)));
  if (!group.block.empty()) add("block", list(group.block));
  if (!group.stream.empty()) add("stream", list(group.stream));
  if (!group.offchip.empty()) add("offchip", list(group.offchip));
  if (!group.interleave.empty()) {
    std::vector<std::string> chains;
    for (const auto& chain : group.interleave) chains.push_back(list(chain));
    add("interleave", list(chains));
  }
  add("look_ahead", group.look_ahead ? std::to_string(*group.look_ahead) : "auto");
  if (group.barrier) add("barrier", "true");
  if (group.spill) add("spill", "true");
  if (group.buffer_bytes) add("buffer_bytes", std::to_string(*group.buffer_bytes));
  return out;
}

}  // namespace

std::string to_yaml(const Mapping& mapping) {
  std::string out = fmt::format("name: {}\n", mapping.name);
  if (!mapping.attention.empty()) out += fmt::format("attention: {}\n", mapping.attention);
  if (mapping.separate_subtract) out += "separate_subtract: true\n";
  out += "groups:\n";
  for (const Group& group : mapping.groups) out += group_text(group);
  return out;
}

}  // namespace attnsim::mapping
