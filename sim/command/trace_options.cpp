// Reads the window, hands it to the trace and to the recorder, and writes both files.
#include "sim/command/trace_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <limits>
#include <ostream>

#include "common/error.h"
#include "common/units.h"
#include "sim/chrome_trace.h"
#include "sim/command/options.h"
#include "sim/command/output.h"

namespace attnsim::sim {
namespace {

// "4K:8K"; a side left out is the beginning or the end.
void read_window(const std::string& text, TraceWindow& window) {
  const auto colon = text.find(':');
  const std::string from = text.substr(0, colon);
  const std::string to = colon == std::string::npos ? "" : text.substr(colon + 1);
  const auto first = from.empty() ? 0 : common::parse_integer(from);
  const auto last = to.empty() ? std::numeric_limits<std::int64_t>::max() : common::parse_integer(to);
  if (colon == std::string::npos || !first || !last || *first < 0 || *last <= *first)
    throw common::UsageError("--trace-window: must be FROM:TO in cycles with FROM below TO, such as 4K:8K (got " +
                             text + ")");
  window.from = *first;
  window.to = *last;
}

void check_folder_of(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  if (!std::filesystem::is_directory(folder) || access(folder.c_str(), W_OK) != 0)
    throw common::InputError({file.string(), 0, ""},
                             "cannot be written: " + folder.string() + " is no folder that can be written to");
  if (std::filesystem::is_directory(file))
    throw common::InputError({file.string(), 0, ""}, "cannot be written: it is a folder");
}

// `cut`: the number of instructions after which the window was cut; 0 if it was not.
std::string report(const std::string& file, std::int64_t from, std::int64_t to, std::size_t cut) {
  const std::string text = fmt::format("wrote {}: cycles {} to {}", file, from, to);
  if (cut == 0) return text + "\n";
  return text + fmt::format(", cut after {} instructions; --trace-window and --trace-limit choose others\n", cut);
}

}  // namespace

void TraceOptions::add_to(CLI::App& verb) {
  verb.add_option("--trace", trace, "Write a window of the run as Chrome trace JSON, which Perfetto opens")
      ->type_name("FILE");
  verb.add_option("--vcd", vcd,
                  "Write it as a value change dump, recorded by the systemc engine, or all of the run's waves by rtl")
      ->type_name("FILE");
  verb.add_option("--trace-window", window, "Cycles that --trace and --vcd show, e.g. 4K:8K; default: from 0 on")
      ->type_name("FROM:TO");
  verb.add_option("--trace-limit", limit, "At most this many instructions in a trace; default: 20000")->type_name("N");
}

Traces::Traces(const TraceOptions& options, const Prepared& prepared, Engine engine, EngineOptions& engine_options)
    : options_(options), program_(prepared.program) {
  const bool has_files = !options.trace.empty() || !options.vcd.empty();
  const std::string cuts = !options.window.empty() ? "--trace-window" : options.limit.empty() ? "" : "--trace-limit";
  if (!has_files && !cuts.empty()) throw common::UsageError(cuts + ": give --trace or --vcd with it");
  if (!options.vcd.empty() && engine != Engine::kSystemc && !options.by_rtl)
    throw common::UsageError("--vcd: needs --engine systemc or rtl (got " + engine_name(engine) + ")");
  if (!options.vcd.empty() && options.by_rtl && options.trace.empty() && !cuts.empty())
    throw common::UsageError(cuts + ": --engine rtl records the waves of the whole run");
  if (!options.vcd.empty() && options.vcd == options.trace)
    throw common::UsageError("--vcd: must be another file than --trace (got " + options.vcd + ")");
  if (!options.window.empty()) read_window(options.window, window_);
  if (!options.limit.empty()) window_.instructions = positive_integer("--trace-limit", options.limit);
  for (const auto& file : {options.trace, options.vcd})
    if (!file.empty()) check_folder_of(file);
  if (!options.trace.empty()) {
    const Trace trace = make_trace(program_, window_);
    trace_ = chrome_trace(program_, trace);
    trace_report_ = report(options.trace, trace.from, trace.to, trace.is_cut ? trace.events.size() : 0);
  }
  if (options.vcd.empty()) return;
  if (options.by_rtl) {
    waves_ = options.vcd + ".part";
    return;
  }
  recorder_ = std::make_unique<systemc::VcdRecorder>(program_, window_.from, window_.to, window_.instructions);
  engine_options.vcd = recorder_.get();
}

Traces::~Traces() {
  std::error_code ignored;
  if (!waves_.empty()) std::filesystem::remove(waves_, ignored);  // of a run that did not end
}

void Traces::write(std::int64_t cycles, const Streams& streams) const {
  if (recorder_ != nullptr && window_.from > 0 && window_.from >= cycles)
    throw common::UsageError(
        fmt::format("--trace-window: begins at cycle {}, but the program ends at {}", window_.from, cycles));
  if (!options_.trace.empty()) {
    write_file(options_.trace, trace_);
    streams.err << trace_report_;
  }
  if (!waves_.empty()) {
    std::filesystem::rename(waves_, options_.vcd);
    streams.err << fmt::format("wrote {}: all waves of the core in cycles 0 to {}\n", options_.vcd, cycles);
  }
  if (recorder_ == nullptr) return;
  write_file(options_.vcd, recorder_->text(cycles));
  streams.err << report(options_.vcd, window_.from, recorder_->end(cycles),
                        recorder_->is_cut() ? static_cast<std::size_t>(window_.instructions) : 0);
}

}  // namespace attnsim::sim
