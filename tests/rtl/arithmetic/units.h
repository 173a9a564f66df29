// Verilated modules as functions of words.
#pragma once

#include <V_add_fp32.h>
#include <V_divide_fp32.h>
#include <V_exp_scale.h>
#include <V_exp_step.h>
#include <V_int4_to_bf16.h>
#include <V_int8_to_bf16.h>
#include <V_macc_bf16.h>
#include <V_macc_fp32.h>
#include <V_max_fp32.h>
#include <V_round_bf16.h>
#include <V_rsqrt_step.h>
#include <V_sigmoid_step.h>
#include <V_tanh_step.h>

#include "tests/rtl/arithmetic/comparison.h"

namespace attnsim::rtl {

// The one instance of a module. It lives to the end: its coverage counters are read after the tests.
template <typename Model>
Model& instance() {
  static Model& model = *new Model;
  return model;
}

// A module that takes a_i, b_i and sum_i.
template <typename Model>
class MaccUnit {
 public:
  Word operator()(const Operands& operands) {
    model_.a_i = operands[0];
    model_.b_i = operands[1];
    model_.sum_i = operands[2];
    model_.eval();
    return model_.result_o;
  }

 private:
  Model& model_ = instance<Model>();
};

// A module that takes a_i and b_i.
template <typename Model>
class BinaryUnit {
 public:
  Word operator()(const Operands& operands) {
    model_.a_i = operands[0];
    model_.b_i = operands[1];
    model_.eval();
    return model_.result_o;
  }

 private:
  Model& model_ = instance<Model>();
};

class AddUnit {
 public:
  explicit AddUnit(bool subtract) : subtract_(subtract) {}
  Word operator()(const Operands& operands) {
    model_.subtract_i = subtract_;
    model_.a_i = operands[0];
    model_.b_i = operands[1];
    model_.eval();
    return model_.result_o;
  }

 private:
  V_add_fp32& model_ = instance<V_add_fp32>();
  bool subtract_;
};

// A lane as its sequencer drives it: exp in six MACCs, and the functions that are made of the units' steps.
class Lane {
 public:
  Word exp(Word x);
  Word sigmoid(Word x);
  Word tanh(Word x) { return with_kept(tanh_, x); }
  Word rsqrt(Word x) { return with_kept(rsqrt_, x); }

 private:
  Word unit(int operation, Word a, Word b, Word sum);
  template <typename Step>
  Word with_kept(Step& step, Word x);

  MaccUnit<V_macc_bf16> macc_bf16_;
  MaccUnit<V_macc_fp32> macc_fp32_;
  BinaryUnit<V_divide_fp32> divide_;
  AddUnit add_{false};
  AddUnit subtract_{true};
  V_exp_step& exp_step_ = instance<V_exp_step>();
  V_exp_scale& exp_scale_ = instance<V_exp_scale>();
  V_sigmoid_step& sigmoid_ = instance<V_sigmoid_step>();
  V_tanh_step& tanh_ = instance<V_tanh_step>();
  V_rsqrt_step& rsqrt_ = instance<V_rsqrt_step>();
};

inline Word Lane::exp(Word x) {
  Word running = 0;
  for (unsigned char step = 0; step < 6; ++step) {
    exp_step_.step_i = step;
    exp_step_.x_i = x;
    exp_step_.running_i = running;
    exp_step_.eval();
    running = macc_bf16_({exp_step_.a_o, exp_step_.b_o, exp_step_.sum_o});
    if (step == 2) x = running;
  }
  exp_scale_.p_i = running;
  exp_scale_.n_i = exp_step_.n_o;
  exp_scale_.eval();
  return exp_scale_.result_o;
}

inline Word Lane::unit(int operation, Word a, Word b, Word sum) {
  switch (operation) {
    case 0:
      return macc_fp32_({a, b, sum});
    case 1:
      return add_({a, b});
    case 2:
      return subtract_({a, b});
    case 3:
      return exp(a);
    default:
      return divide_({a, b});
  }
}

inline Word Lane::sigmoid(Word x) {
  Word running = 0;
  for (unsigned char step = 0;; ++step) {
    sigmoid_.step_i = step;
    sigmoid_.x_i = x;
    sigmoid_.running_i = running;
    sigmoid_.eval();
    running = unit(sigmoid_.operation_o, sigmoid_.a_o, sigmoid_.b_o, 0);
    if (sigmoid_.last_o != 0) return running;
  }
}

template <typename Step>
Word Lane::with_kept(Step& step, Word x) {
  Word running = 0;
  Word kept = 0;
  for (unsigned char index = 0;; ++index) {
    step.step_i = index;
    step.x_i = x;
    step.running_i = running;
    step.kept_i = kept;
    step.eval();
    step.unit_i = unit(step.operation_o, step.a_o, step.b_o, step.sum_o);
    step.eval();
    if (step.last_o != 0) return step.result_o;
    (step.keep_o != 0 ? kept : running) = step.result_o;
  }
}

}  // namespace attnsim::rtl
