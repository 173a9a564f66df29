// Issue, sleep and wake of one unit.
#include "sim/systemc/unit_process.h"

namespace attnsim::sim::systemc {

UnitProcess::UnitProcess(const sc_core::sc_module_name& name) : sc_core::sc_module(name), wake_("wake") {
  SC_HAS_PROCESS(UnitProcess);
  SC_METHOD(proceed);
  sensitive << wake_;
  dont_initialize();
}

void UnitProcess::load(BlockRun& run, int unit) {
  run_ = &run;
  instructions_.clear();
  cursors_.clear();
  for (std::size_t i = 0; i < run.block->instructions.size(); ++i) {
    if (run.block->instructions[i].unit != unit) continue;
    instructions_.push_back(static_cast<int>(i));
    cursors_.emplace_back(run.block->loops);
  }
  epoch_ = 0;
  next_ = 0;
  wait_ = 0;
  free_cycle_ = progress_cycle_ = cycle();
  last_channel_ = -1;
  is_beyond_limit_ = false;
  wake_.notify(sc_core::SC_ZERO_TIME);
}

const mapping::Instruction& UnitProcess::instruction() const {
  return run_->block->instructions[static_cast<std::size_t>(instructions_[next_])];
}

StuckUnit UnitProcess::stuck() const {
  StuckUnit stuck{instructions_[next_], cursors_[next_].index(), -1};
  if (!is_beyond_limit_) stuck.channel = instruction().waits[wait_].channel;
  return stuck;
}

// A return without next_trigger leaves the process asleep until wake_, which a channel or the next block notifies.
void UnitProcess::proceed() {
  while (find_instruction()) {
    if (!take_tokens()) return;
    const mapping::Instruction& current = instruction();
    const mapping::Work* work = &current.work;
    for (const mapping::Tail& tail : current.tails) {
      if (!cursor().holds(tail.guard)) continue;
      work = &tail.work;
      break;
    }
    if (cycle() > run_->limit - work->duration) {
      is_beyond_limit_ = true;
      return;
    }
    issue(current, *work);
    pass_instruction();
    if (work->duration > 0) {
      next_trigger(sc_core::sc_time::from_value(static_cast<std::uint64_t>(work->duration)));
      return;
    }
  }
}

bool UnitProcess::find_instruction() {
  for (; epoch_ <= run_->last_epoch; ++epoch_, next_ = 0) {
    for (; next_ < instructions_.size(); ++next_) {
      if (epoch_ < instruction().lag || cursor().done()) continue;
      if (cursor().holds(instruction().guard)) return true;
      cursor().advance();
    }
  }
  return false;
}

void UnitProcess::pass_instruction() {
  cursor().advance();
  ++next_;
}

bool UnitProcess::take_tokens() {
  const std::vector<mapping::Wait>& waits = instruction().waits;
  for (; wait_ < waits.size(); ++wait_) {
    if (!cursor().holds(waits[wait_].guard)) continue;
    TokenChannel& channel = run_->channels[static_cast<std::size_t>(waits[wait_].channel)];
    if (channel.empty()) {
      channel.await();
      return false;
    }
    if (channel.next_arrival() > now()) {
      next_trigger(sc_core::sc_time::from_value(channel.next_arrival() - now()));
      return false;
    }
    channel.take();
    if (run_->vcd != nullptr) run_->vcd->take(waits[wait_].channel, cycle());
    if (cycle() == progress_cycle_) continue;
    progress_cycle_ = cycle();
    last_channel_ = waits[wait_].channel;
  }
  return true;
}

void UnitProcess::issue(const mapping::Instruction& current, const mapping::Work& work) {
  const std::int64_t start = cycle();
  if (last_channel_ >= 0) run_->stall_cycles[static_cast<std::size_t>(last_channel_)] += start - free_cycle_;
  InstructionTiming& timing = run_->timings[static_cast<std::size_t>(instructions_[next_])];
  if (timing.count == 0) timing.first_start = start;
  ++timing.count;
  timing.last_start = start;
  timing.busy_cycles += work.duration;
  if (run_->vcd != nullptr) run_->vcd->issue(current.unit, instructions_[next_], start, start + work.duration);
  for (const mapping::Post& post : current.posts) {
    if (!cursor().holds(post.guard)) continue;
    const auto channel = static_cast<std::size_t>(post.channel);
    const std::int64_t delay = post.offset == mapping::Post::kAtEnd ? work.duration : post.offset;
    run_->channels[channel].post(now(), delay);
    if (run_->vcd != nullptr) run_->vcd->arrive(post.channel, start + delay + run_->block->channels[channel].latency);
  }
  free_cycle_ = progress_cycle_ = start + work.duration;
  last_channel_ = -1;
  wait_ = 0;
  // Now and then only: reading the wall clock costs as much as an instruction.
  constexpr std::int64_t kInstructionsPerLook = 4096;
  if (++run_->executed % kInstructionsPerLook == 0 && run_->progress != nullptr) run_->progress->update(epoch_, start);
}

}  // namespace attnsim::sim::systemc
