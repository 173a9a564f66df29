// Slices, flows and counters, sorted by time.
#include "sim/chrome_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace attnsim::sim {
namespace {

using Json = nlohmann::ordered_json;

// Perfetto takes process 0 and thread 0 for the idle task.
int track(int unit) { return unit + 1; }

std::string quoted(const std::string& text) { return Json(text).dump(); }

class Writer {
 public:
  Writer(const mapping::Program& program, const Trace& trace) : program_(program), trace_(trace) {}

  std::string text() {
    for (const TraceEvent& event : trace_.events) add_slice(event);
    for (std::size_t token = 0; token < trace_.tokens.size(); ++token) add_flow(token);
    for (const TraceCount& count : trace_.counts) add_counter(count);
    // Slices first among equals, since a flow binds to the slice that is open at its time.
    std::stable_sort(lines_.begin(), lines_.end(),
                     [](const auto& one, const auto& other) { return one.first < other.first; });
    std::string text = "{\"displayTimeUnit\": \"ns\",\n\"otherData\": " + about().dump() + ",\n\"traceEvents\": [\n";
    text += R"({"ph":"M","pid":1,"name":"process_name","args":{"name":"attnsim"}})";
    for (std::size_t unit = 0; unit < program_.units.size(); ++unit) {
      const auto name_track = [&](const std::string& what, const std::string& key, const std::string& value) {
        text += ",\n" + fmt::format(R"({{"ph":"M","pid":1,"tid":{},"name":"{}","args":{{"{}":{}}}}})",
                                    track(static_cast<int>(unit)), what, key, value);
      };
      name_track("thread_name", "name", quoted(program_.units[unit].name));
      name_track("thread_sort_index", "sort_index", std::to_string(unit));
    }
    for (const auto& [cycle, line] : lines_) text += ",\n" + line;
    return text + "\n]}\n";
  }

 private:
  Json about() const {
    return {{"simulator", "attnsim"}, {"time_unit", "1 us stands for 1 cycle"}, {"cycles_from", trace_.from},
            {"cycles_to", trace_.to}, {"instructions", trace_.events.size()},   {"cut", trace_.is_cut}};
  }

  const mapping::Block& block(int position) const { return program_.blocks[static_cast<std::size_t>(position)]; }

  void add_slice(const TraceEvent& event) {
    const mapping::Block& from = block(event.block);
    const mapping::Instruction& instruction = from.instructions[static_cast<std::size_t>(event.instruction)];
    Json point = Json::object();
    for (std::size_t loop = 0; loop < event.index.size(); ++loop) point[from.loops[loop].name] = event.index[loop];
    Json args = {{"epoch", event.epoch}, {"point", point}};
    if (!instruction.einsum.empty()) args["einsum"] = instruction.einsum;
    args["block"] = from.name;
    lines_.emplace_back(event.start,
                        fmt::format(R"({{"ph":"X","pid":1,"tid":{},"ts":{},"dur":{},"name":{},"cat":{},"args":{}}})",
                                    track(event.unit), event.start, event.end - event.start, quoted(instruction.name),
                                    quoted(instruction.einsum.empty() ? "transfer" : "einsum"), args.dump()));
  }

  void add_flow(std::size_t id) {
    const TraceToken& token = trace_.tokens[id];
    if (token.from_event < 0) return;
    const TraceEvent& from = trace_.events[static_cast<std::size_t>(token.from_event)];
    const TraceEvent& to = trace_.events[static_cast<std::size_t>(token.to_event)];
    const std::string& channel = block(token.block).channels[static_cast<std::size_t>(token.channel)].name;
    // The flow leaves in its slice's last cycle at the latest: at its end the next slice may be open.
    const std::int64_t leaves = std::clamp(token.posted, from.start, std::max(from.start, from.end - 1));
    const auto line = [&](char phase, const TraceEvent& event, std::int64_t cycle, const std::string& rest) {
      lines_.emplace_back(
          cycle, fmt::format(R"({{"ph":"{}","pid":1,"tid":{},"ts":{},"id":{},"cat":"token","name":{}{}}})", phase,
                             track(event.unit), cycle, id, quoted(channel), rest));
    };
    line('s', from, leaves, fmt::format(R"(,"args":{{"posted":{},"arrives":{}}})", token.posted, token.arrival));
    line('f', to, token.taken, R"(,"bp":"e")");
  }

  void add_counter(const TraceCount& count) {
    const std::string& channel = block(count.block).channels[static_cast<std::size_t>(count.channel)].name;
    lines_.emplace_back(count.cycle, fmt::format(R"({{"ph":"C","pid":1,"ts":{},"name":{},"args":{{"tokens":{}}}}})",
                                                 count.cycle, quoted(channel), count.tokens));
  }

  const mapping::Program& program_;
  const Trace& trace_;
  std::vector<std::pair<std::int64_t, std::string>> lines_;  // by cycle
};

}  // namespace

std::string chrome_trace(const mapping::Program& program, const Trace& trace) { return Writer(program, trace).text(); }

}  // namespace attnsim::sim
