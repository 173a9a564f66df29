// Runs the report's Python program as a process of its own; all it needs is in result.json.
#include "sim/command/report.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ostream>
#include <system_error>
#include <vector>

#include "common/registry.h"
#include "sim/command/output.h"
#include "sim/csv.h"

namespace attnsim::sim {

namespace {

// Debian's Python, for which matplotlib and Jinja2 are packages; a `python3` on the path may be another one.
constexpr const char* kPython = "/usr/bin/python3";

struct Outcome {
  bool succeeded = false;
  std::string last_line;  // of stderr
};

std::string last_line_of(std::string text) {
  text.erase(text.find_last_not_of(" \n") + 1);
  return text.substr(text.find_last_of('\n') + 1);
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> part{};
  while (true) {
    const auto count = read(descriptor, part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(count));
  }
}

Outcome run_python(std::vector<std::string> arguments) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {false, std::system_category().message(errno)};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawn(&child, arguments.front().c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  Outcome outcome;
  if (error == 0) {
    outcome.last_line = last_line_of(read_all(ends[0]));
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    outcome.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  } else if (error == ENOENT) {
    outcome.last_line = std::string(kPython) +
                        " is missing; install it with: apt-get install python3 python3-jinja2 python3-matplotlib";
  } else {
    outcome.last_line = std::string(kPython) + ": " + std::system_category().message(error);
  }
  close(ends[0]);
  return outcome;
}

}  // namespace

Json with_inputs(Json json, const Inputs& inputs, const Prepared& prepared) {
  std::string arch;
  std::string workload;
  std::string attention;
  arch::read_architecture(inputs.arch, inputs.arch_overrides, &arch);
  workloads::read_workload(inputs.workload, inputs.options, inputs.workload_overrides, &workload);
  if (prepared.steps.empty()) {
    attention_of(inputs, prepared.workload, &attention);
  } else {
    workloads::read_series(inputs.attention, inputs.attention_overrides, &attention);
  }
  json["inputs"] = {
      {"arch", arch}, {"workload", workload}, {"attention", attention}, {"mapping", prepared.mapping_yaml}};
  return json;
}

namespace {

// Makes `made` with a program of reports/ from result.json, and says which file a user opens first.
std::filesystem::path make_picture(const std::string& program, const std::filesystem::path& result,
                                   const std::filesystem::path& made, const Streams& streams) {
  // An earlier run's must not stand beside this run's result.
  std::error_code ignored;
  std::filesystem::remove(made, ignored);
  if (streams.progress) streams.err << "making " << made.string() << " ...\r" << std::flush;
  // -E and -s: what the user's Python variables and home add must not change it.
  const auto outcome = run_python({kPython, "-E", "-s", (common::data_root() / "reports" / program).string(),
                                   "--out=" + made.string(), "--", result.string()});
  if (streams.progress) streams.err << "\033[2K\r" << std::flush;
  if (outcome.succeeded) return made;
  const std::string why = outcome.last_line.empty() ? "reports/" + program + " ended early" : outcome.last_line;
  streams.err << "warning: no " << made.string() << ": " << why << '\n';
  return result;
}

}  // namespace

std::filesystem::path write_results(const std::filesystem::path& folder, const Json& json, const Streams& streams) {
  const auto result = folder / "result.json";
  write_file(result, json.dump(2) + "\n");
  write_file(folder / "summary.csv", to_csv(json.is_array() ? json.get<std::vector<Json>>() : std::vector<Json>{json}));
  return make_picture("report.py", result, folder / "report.html", streams);
}

std::filesystem::path write_search(const std::filesystem::path& folder, const Json& json, const Streams& streams) {
  const auto result = folder / "result.json";
  write_file(result, json.dump(2) + "\n");
  return make_picture("search_figure.py", result, folder / "front.png", streams);
}

}  // namespace attnsim::sim
