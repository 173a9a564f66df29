// Parses the arguments, calls the verb, and turns every failure into one line and an exit code.
#include "sim/command/command.h"

#include <algorithm>
#include <exception>
#include <ostream>

#include "common/error.h"
#include "sim/command/verbs.h"

namespace attnsim::sim {

namespace {

struct VerbEntry {
  std::string name;
  std::string help;
  std::string examples;
  Verb (*add)(CLI::App&);
};

const std::vector<VerbEntry>& verbs() {
  static const std::vector<VerbEntry> list = {
      {"run", "Simulate one layer's attention",
       "Examples:\n"
       "  simulate run --workload bert-base --seq-len 64K\n"
       "  simulate run --arch fusemax-cloud --mapping fusemax --workload xlm --seq-len 1M --json\n"
       "  simulate run --workload bert-base --seq-len 4K --set arch.buffer.bytes=8MiB --out out/bert",
       add_run},
      {"compare", "Hold several mappings, architectures or workloads side by side",
       "Example:\n"
       "  simulate compare --workload bert-base --seq-len 64K --mapping fusemax-arch,fusemax",
       add_compare},
      {"check", "Check the inputs, and the engines against each other",
       "Example:\n"
       "  simulate check --workload bert-base --seq-len 1K",
       add_check},
      {"list", "List what is shipped",
       "Examples:\n"
       "  simulate list mappings\n"
       "  simulate list variants --json",
       add_list},
      {"describe", "Show one input, expanded, and what follows from it",
       "Examples:\n"
       "  simulate describe arch fusemax-cloud\n"
       "  simulate describe mapping fusemax --workload bert-base --seq-len 4K",
       add_describe},
      {"analyze", "Passes, what lives on chip, operations, intensity and reassociations of a cascade",
       "Examples:\n"
       "  simulate analyze --attention fusemax_3pass\n"
       "  simulate analyze --attention fusemax_1pass --workload bert-base --seq-len 64K --arch fusemax-cloud",
       add_analyze},
      {"batch", "Read runs as JSON lines from stdin, write results as JSON lines",
       "Example:\n"
       "  echo '{\"workload\": \"bert-base\", \"seq_len\": \"4K\", \"set\": {\"arch.buffer.bytes\": \"8MiB\"}}' | "
       "simulate "
       "batch",
       add_batch},
      {"serve", "Serve a trace of requests on a system of devices",
       "Example:\n"
       "  simulate serve --system lamina-65b --workload llama-65b --requests trace.csv --saturated",
       add_serve},
      {"search", "Find the devices that serve a model and a trace best for a budget",
       "Example:\n"
       "  simulate search --workload llama-65b --requests trace.csv --limit 2000 --budget 45 --attention-devices "
       "h20,fusemax-cloud",
       add_search},
      {"energy", "Energy and area of a stored result, with any energy table",
       "Example:\n"
       "  simulate energy out/bert/result.json --table google-7nm",
       add_energy},
  };
  return list;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

int usage_error(const Streams& streams, const std::string& message, const std::string& verb) {
  streams.err << "simulate: " << one_line(message) << "; see simulate " << (verb.empty() ? "" : verb + " ")
              << "--help\n";
  return static_cast<int>(common::ExitCode::kUsage);
}

int dispatch(const std::vector<std::string>& arguments, const Streams& streams, std::string& verb_name) {
  CLI::App app("attnsim: a cycle-level simulator of attention accelerators", "simulate");
  app.set_version_flag("--version", "attnsim " ATTNSIM_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Example:\n  simulate run --arch fusemax-cloud --workload bert-base --seq-len 64K\n"
      "Exit codes: 0 done, 1 defect in attnsim, 2 usage, 3 bad input, 4 simulation failed, 5 check failed.");
  std::vector<std::string> names;
  std::vector<Verb> actions;
  for (const auto& entry : verbs()) {
    auto* subcommand = app.add_subcommand(entry.name, entry.help);
    subcommand->footer(entry.examples);
    actions.push_back(entry.add(*subcommand));
    names.push_back(entry.name);
  }
  if (!arguments.empty() && !arguments.front().empty() && arguments.front().front() != '-') {
    if (std::find(names.begin(), names.end(), arguments.front()) == names.end()) {
      throw common::UsageError(common::unknown_name("verb", arguments.front(), names));
    }
    verb_name = arguments.front();
  }
  try {
    // CLI11 takes the arguments last first.
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    streams.out << app.help();
    return static_cast<int>(common::ExitCode::kDone);
  } catch (const CLI::CallForVersion& version) {
    streams.out << version.what() << '\n';
    return static_cast<int>(common::ExitCode::kDone);
  } catch (const CLI::ParseError& error) {
    return usage_error(streams, error.what(), verb_name);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (app.got_subcommand(names[i])) return actions[i](streams);
  }
  return usage_error(streams, "no verb", verb_name);
}

}  // namespace

int run_command(const std::vector<std::string>& arguments, const Streams& streams) {
  std::string verb;
  try {
    const int code = dispatch(arguments, streams, verb);
    streams.out.flush();
    if (!streams.out) throw common::InputError({"standard output", 0, ""}, "cannot be written");
    return code;
  } catch (const common::UsageError& error) {
    return usage_error(streams, error.what(), verb);
  } catch (const common::Error& error) {
    streams.err << one_line(error.what()) << '\n';
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    streams.err << "simulate: defect: " << one_line(error.what()) << "; please report it with the command line\n";
    return static_cast<int>(common::ExitCode::kDefect);
  }
}

}  // namespace attnsim::sim
