// A lane of the 1D array, fp32: each cycle one operation on words of its bank, constants or its own registers.
module lane
  import lane_control_pkg::*;
(
  input  logic          clk_i,
  input  lane_control_t control_i,
  input  logic [31:0]   a_constant_i,
  input  logic [31:0]   b_constant_i,
  // Its bank: data in the same cycle.
  input  logic [31:0]   a_data_i,
  input  logic [31:0]   b_data_i,
  input  logic [31:0]   sum_data_i,
  output logic          write_o,
  output logic [31:0]   result_o
);
  localparam logic [31:0] MinusZero     = 32'h8000_0000;  // x + -0 = x, also for zeros
  localparam logic [31:0] MinusInfinity = 32'hff80_0000;
  localparam logic [2:0]  ExpSplitStep  = 3'd2;  // its result is split into n and f, which take the operand's place

  logic [31:0] scratch_q [2];
  logic [31:0] sum_q, operand_q, running_q;
  logic [31:0] sum_before, a, b, sum, maximum, macc_result, quotient, exp_result, result;
  logic [15:0] exp_a, exp_b;
  logic [31:0] exp_addend;
  logic        is_exp, is_macc, takes_part;
  logic signed [8:0] exponent;

  assign is_exp     = control_i.step.op == LaneExp;
  assign is_macc    = control_i.step.op == LaneMacc;
  assign takes_part = control_i.lanes != '0;

  always_comb begin
    unique case (control_i.sum_source)
      SumRegister: sum_before = sum_q;
      SumBank:     sum_before = sum_data_i;
      SumZero:     sum_before = '0;
      SumLowest:   sum_before = MinusInfinity;
    endcase
  end

  // As lane_source_e numbers them.
  logic [31:0] sources [8];
  assign sources[LaneBankA]     = a_data_i;
  assign sources[LaneBankB]     = b_data_i;
  assign sources[LaneConstantA] = a_constant_i;
  assign sources[LaneConstantB] = b_constant_i;
  assign sources[LaneScratch0]  = scratch_q[0];
  assign sources[LaneScratch1]  = scratch_q[1];
  assign sources[LaneSum]       = sum_before;
  assign sources[7]             = '0;
  assign a = {control_i.step.minus_a, 31'b0} ^ sources[control_i.step.a];
  assign b = {control_i.step.minus_b, 31'b0} ^ sources[control_i.step.b];

  // Units that an operation does not use are given zeros, so that nothing moves in them.
  logic adds, compares, divides, multiplies;
  assign adds       = control_i.step.op == LaneAdd || control_i.step.op == LaneSubtract;
  assign compares   = control_i.step.op == LaneMax;
  assign divides    = control_i.step.op == LaneDivide;
  assign multiplies = control_i.step.op == LaneMultiply || is_macc;
  add_fp32 u_add (.a_i(adds ? a : '0), .b_i(adds ? b : '0), .subtract_i(control_i.step.op == LaneSubtract), .result_o(sum));
  max_fp32 u_max (.a_i(compares ? a : '0), .b_i(compares ? b : '0), .result_o(maximum));
  divide_fp32 u_divide (.a_i(divides ? a : '0), .b_i(divides ? b : '0), .result_o(quotient));

  // A bf16 number is an fp32 one whose low half is 0, so that the MACC of the lanes serves exp as well.
  macc_fp32 u_macc (
    .a_i      (is_exp ? {exp_a, 16'b0} : multiplies ? a : '0),
    .b_i      (is_exp ? {exp_b, 16'b0} : multiplies ? b : '0),
    .sum_i    (is_exp ? exp_addend : is_macc ? sum_before : multiplies ? MinusZero : '0),
    .result_o (macc_result)
  );
  exp_step u_exp_step (
    .step_i    (control_i.exp_step),
    .x_i       (is_exp ? operand_q : '0),
    .running_i (is_exp ? running_q : '0),
    .a_o       (exp_a),
    .b_o       (exp_b),
    .sum_o     (exp_addend),
    .n_o       (exponent)
  );
  exp_scale u_exp_scale (.p_i(is_exp ? macc_result : '0), .n_i(exponent), .result_o(exp_result));

  always_comb begin
    unique case (control_i.step.op)
      LaneMax:                result = maximum;
      LaneMultiply, LaneMacc: result = macc_result;
      LaneDivide:             result = quotient;
      LaneExp:                result = exp_result;
      default:                result = sum;
    endcase
  end
  assign result_o = {control_i.step.minus_result, 31'b0} ^ result;
  assign write_o  = control_i.write && takes_part;

  always_ff @(posedge clk_i) begin
    if (control_i.step.op == LaneSubtract) operand_q <= sum;
    if (is_exp && control_i.exp_step == ExpSplitStep) operand_q <= macc_result;
    if (is_exp) running_q <= macc_result;
    if (control_i.done) scratch_q[control_i.step.scratch] <= result_o;
    if (control_i.adds_up) sum_q <= result_o;
  end

  // Addresses are the bank's and those of the way out.
  logic unused_addresses;
  assign unused_addresses = ^{control_i.up, control_i.aside, control_i.a, control_i.b, control_i.sum, control_i.to,
                              control_i.edge_to};

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    assert (!is_exp || control_i.exp_step <= 3'd5);
    assert (!(control_i.up && control_i.aside));
  end
`endif
endmodule
