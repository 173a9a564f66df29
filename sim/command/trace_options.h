// --trace, --vcd and the window that they show.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "sim/command/command.h"
#include "sim/run.h"
#include "sim/systemc/vcd.h"
#include "sim/trace.h"

namespace attnsim::sim {

struct TraceOptions {
  std::string trace;
  std::string vcd;
  std::string window;
  std::string limit;
  bool by_rtl = false;  // the rtl engine records --vcd

  void add_to(CLI::App& verb);
};

// The traces of one run; does nothing where none are asked for.
class Traces {
 public:
  // Before the run, so that it is not lost to what cannot be shown: makes the trace, and lets the engine record through
  // `engine_options`. Throws UsageError for options that do not go together or a window that cannot be had, InputError
  // where a file's folder cannot be written. Keeps references.
  Traces(const TraceOptions& options, const Prepared& prepared, Engine engine, EngineOptions& engine_options);
  // After a run of so many cycles: writes the files, whole or not at all, and says on streams.err what they show.
  void write(std::int64_t cycles, const Streams& streams) const;
  ~Traces();
  Traces(const Traces&) = delete;
  Traces& operator=(const Traces&) = delete;

  // Where the rtl engine is to record its waves until they are whole; empty: nowhere.
  const std::string& waves() const { return waves_; }

 private:
  const TraceOptions& options_;
  const mapping::Program& program_;
  TraceWindow window_;
  std::string trace_;         // the file's text
  std::string trace_report_;  // what it shows
  std::string waves_;
  std::unique_ptr<systemc::VcdRecorder> recorder_;
};

}  // namespace attnsim::sim
